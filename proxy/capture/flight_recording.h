// Keeps what comes to one connection while it runs.
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
#include <utility>

#include "capture/flight_options.h"
#include "capture/frame_cutter.h"
#include "capture/kept_connection.h"
#include "core/session/recording.h"

namespace lastframe::capture {

// Takes blocks of recordings (recording_format.h) from any thread, and must not block. False: there
// is no room, and they are lost.
using Outlet = std::function<bool(std::string blocks)>;

class FlightRecording;

// What the recordings of all workers share. Those that somebody still holds outlive the recorder.
struct FlightBudget {
  explicit FlightBudget(FlightOptions wanted) : options(std::move(wanted)) {}

  FlightOptions options;                   // set before the first recording
  std::atomic<std::size_t> memory{0};      // bytes in use
  std::atomic<std::uint64_t> given_up{0};  // recordings that gave their memory to others
};

// What those of one worker share; used on its thread.
struct FlightDeck {
  std::shared_ptr<FlightBudget> budget;
  Outlet outlet;                         // for whole recordings; else not used
  std::list<FlightRecording*> by_age{};  // the least recently active first
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

  // Blocks of a recording (recording_format.h).
  std::string blocks() const override;
  std::string last_blocks(std::string_view record_json, const session::Texts* texts) const override;
  std::size_t memory() const override { return accounted_; }

  std::uint64_t id() const { return kept_.id; }

 private:
  const FlightOptions& options() const { return budget_->options; }
  void keep(Direction direction, Moment now, std::uint64_t sequence,
            const FrameCutter::Piece& piece);
  void cut(Direction direction, Moment now, std::uint64_t sequence, ByteView bytes);
  bool keep_bare_header(Direction direction, Moment now, std::uint64_t sequence, ByteView& bytes);
  void append(Direction direction, const EntryRing::Entry& entry);
  void flush_cutters(Moment now);
  void make_room(EntryRing& ring, Direction direction, std::size_t size);
  void note_activity(Moment now);
  std::size_t remeasure();
  void account();
  void give_up();
  void hand_out_if_due(Direction direction, Moment now);
  void hand_out(Moment now);

  FlightDeck* deck_;  // until note_over()
  std::shared_ptr<FlightBudget> budget_;
  std::list<FlightRecording*>::iterator place_;
  KeptConnection kept_;
  std::array<FrameCutter, 2> cutters_;
  FrameCutter::Piece piece_;
  std::uint64_t sequence_ = 0;  // of the next thing
  Moment active_{};
  Moment handed_out_{};
  Moment over_{};
  std::size_t accounted_ = 0;
  std::uint64_t lost_ = 0;  // bytes of blocks that the outlet had no room for
  bool is_opened_ = false;
  bool is_start_out_ = false;  // the start block was handed out
};

}  // namespace lastframe::capture
