// What is kept of one connection while it runs, and how it is written out.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/entry_ring.h"
#include "capture/flight_options.h"
#include "capture/frame_cutter.h"
#include "capture/input_sink.h"
#include "core/session/recording.h"

namespace lastframe::capture {

// Takes blocks of recordings (recording_format.h) from any thread, and must not block. False: there
// is no room, and they are lost.
using Outlet = std::function<bool(std::string blocks)>;

class FlightRecording;

// What the recordings of one worker share; used on its thread, but for the counters.
struct FlightDeck {
  const FlightOptions& options;
  Outlet outlet;                         // for whole recordings; else not used
  std::atomic<std::size_t>& memory;      // of all workers
  std::atomic<std::uint64_t>& given_up;  // recordings that gave their memory to others
  std::list<FlightRecording*> by_age;    // the least recently active first
};

class FlightRecording final : public session::Recording {
 public:
  // Of each direction before the 101; what is longer is not kept at all.
  static constexpr std::size_t kLongestHttp = std::size_t{32} * 1024;

  // `deck` lives until note_over().
  FlightRecording(const session::RecordingStart& start, FlightDeck& deck);
  ~FlightRecording() override;

  void take(Moment now, const session::Input& input) override;
  void take_bytes(Moment now, const session::BytesRelayed& input) override;
  void note_opened(const std::array<std::uint64_t, 2>& http_bytes) override;
  void note_over(Moment now, bool has_report) override;

  // Everything that is kept, as blocks; of a recording that is over, or on the session's thread.
  // With `texts`, what the session made of redacted ones.
  std::string blocks(const session::Texts* texts) const;
  // The same of what a whole recording has not handed out: only what comes at the end.
  std::string last_blocks(std::string_view record_json, const session::Texts* texts) const;

  std::uint64_t id() const { return id_; }

 private:
  // A part of what came before the 101.
  struct HttpChunk {
    std::uint64_t sequence;
    Moment at;
    Direction direction;
    std::uint32_t size;
  };
  struct Other {
    std::uint64_t sequence;
    Moment at;
    std::string body;
  };
  class EntryWriter;

  void keep(Direction direction, Moment now, std::uint64_t sequence,
            const FrameCutter::Piece& piece);
  void cut(Direction direction, Moment now, std::uint64_t sequence, ByteView bytes);
  bool keep_bare_header(Direction direction, Moment now, std::uint64_t sequence, ByteView& bytes);
  void append(Direction direction, const EntryRing::Entry& entry);
  void flush_cutters(Moment now);
  void make_room(EntryRing& ring, Direction direction, std::size_t size);
  std::uint64_t since_accepted(Moment at) const {
    return static_cast<std::uint64_t>((at - accepted_).count());
  }
  void note_activity(Moment now);
  std::size_t measured() const;
  void account();
  void give_up();
  void hand_out_if_due(Direction direction, Moment now);
  void hand_out(Moment now);
  std::string entries(const session::Texts* texts, std::array<std::uint64_t, 2>& untold) const;
  std::string never_kept() const;
  std::string gave_way(Direction direction) const;
  std::string head_block() const;
  std::string not_kept(std::string text, FlawKind kind = FlawKind::not_kept) const;

  FlightDeck* deck_;  // until note_over()
  const FlightOptions& options_;
  std::atomic<std::size_t>& memory_;
  std::list<FlightRecording*>::iterator place_;
  std::uint64_t id_;
  std::uint64_t sequence_ = 0;  // of the next thing
  Moment accepted_;
  WallTime accepted_wall_;
  Moment active_{};
  Moment handed_out_{};
  std::string client_, listener_, upstream_;
  std::array<std::string, 2> http_;  // by Direction
  std::vector<HttpChunk> chunks_;
  std::vector<Other> others_;
  std::array<EntryRing, 2> rings_;
  std::array<FrameCutter, 2> cutters_;
  std::array<std::uint64_t, 2> dropped_{};  // bytes that the rings stood for, not told yet
  FrameCutter::Piece piece_;
  std::size_t accounted_ = 0;
  Moment over_{};
  std::uint64_t lost_ = 0;  // bytes of blocks that the outlet had no room for
  std::size_t watched_head_;
  bool is_client_trusted_;
  bool resynchronises_;
  bool is_opened_ = false;
  bool is_http_over_limit_ = false;
  bool is_start_out_ = false;  // the start block was handed out
};

}  // namespace lastframe::capture
