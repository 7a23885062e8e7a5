// Follows the frames of one direction: counts, messages, broken rules, control frames.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/session/input.h"
#include "core/session/live_counts.h"
#include "core/session/observer.h"
#include "core/session/recent_traffic.h"
#include "core/session/report.h"
#include "core/session/stray_watch.h"
#include "core/ws/close_body.h"
#include "core/ws/extensions.h"
#include "core/ws/frame_parser.h"
#include "core/ws/frame_rules.h"
#include "core/ws/interruption_finder.h"
#include "core/ws/message_tracker.h"
#include "core/ws/resynchroniser.h"
#include "core/ws/text_openings.h"

namespace lastframe::session {

// The first complete Close frame of a direction; of one that is too long, the first 125 bytes.
struct CloseFound {
  ws::CloseBody body;
  std::uint64_t frame;
};

// A whole Ping or Pong.
struct HeartbeatSeen {
  Endpoint sender;
  ws::Opcode opcode;
  std::uint64_t payload;  // a digest
  std::uint64_t frame;
  std::uint64_t offset;
};

// What a tracker tells while it reads; the session passes it on.
class TrackerEvents {
 public:
  virtual ~TrackerEvents() = default;
  virtual void frame_seen(const FrameSeen& frame) = 0;
  virtual void message_seen(const MessageSeen& message) = 0;
  virtual void rule_broken(const ws::Violation& violation) = 0;
  virtual void heartbeat_seen(const HeartbeatSeen& heartbeat) = 0;
  virtual void close_found(Endpoint sender, CloseFound close) = 0;
  // A text message is over that begins with one of the texts that are watched for: its first bytes,
  // or all of it.
  virtual void text_seen(Endpoint sender, std::string_view beginning) = 0;
  // Bytes are about to be read, the first ones of the direction for a second or ever.
  virtual void second_began(Direction direction) = 0;
};

// To whom a tracker tells what.
struct Listening {
  TrackerEvents& events;
  const Interest& interest;
};

// What becomes of a direction that is not trusted any more.
enum class AfterBreak : unsigned char { give_up, resynchronise };

class DirectionTracker {
 public:
  explicit DirectionTracker(Direction direction) : direction_(direction) {}

  // Before the first byte: what the handshake agreed on. `inflaters` outlives the tracker; without
  // one, compressed messages are not looked into. `after_break`: whether frames are looked for
  // behind bytes that were none.
  void begin(const ws::NegotiatedExtensions& extensions, ws::InflatePool* inflaters,
             AfterBreak after_break = AfterBreak::give_up);

  // Of which text messages the listener is told; they outlive the tracker. Null: of none.
  void watch_for(const ws::TextOpenings* openings) { watched_ = openings; }

  // Where frames are counted as they come; outlives the tracker.
  void count_in(DirectionCounts& counts) { counts_ = &counts; }

  // The bytes of this direction behind the handshake head, in order.
  void feed(ByteView bytes, Moment now, const Listening& to);

  // Bytes of this direction that nobody can see. Frames go on where they are known to: behind a
  // payload that was missed as a whole, or where the input says so. Else frames are looked for, and
  // nothing that is found until then is held against the sender.
  void miss(const BytesMissed& missed, Moment now, const Listening& to);

  // The other side's Close has passed: what this side sends behind its own is late.
  void note_close_of_other_side() { is_other_side_closed_ = true; }

  // The sender's stream ended here: a frame that is cut off breaks FR-14.
  void end(TrackerEvents& events);

  // False while the direction is untrusted: where its frames begin and end is then a guess.
  bool is_mid_frame() const { return !is_untrusted_ && parser_.is_mid_frame(); }
  bool is_mid_message() const { return !is_untrusted_ && message_.is_open(); }
  Direction direction() const { return direction_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t frame_offset() const { return frame_offset_; }  // of the frame in hand
  std::uint64_t frames() const { return frames_ + skipped_; }
  std::uint64_t messages() const { return messages_ + skipped_; }
  const ws::CompressionCounts* compression() const { return message_.compression(); }
  void report_stray_bytes(std::vector<StraySeen>& seen) const;
  std::optional<Moment> last_byte_at() const;

  // Where a state ends: with the last byte that was fed, or with the last one before the frame in
  // hand.
  enum class Until : unsigned char { last_byte, frame_in_hand };
  DirectionState state(Moment now, Until until) const;

 private:
  // What one call of feed() works on.
  struct Feeding {
    TrackerEvents& events;
    const Interest& interest;
    ByteView chunk;
    ByteView rest;        // of the chunk
    std::uint64_t start;  // of the chunk, in the direction
    std::vector<ws::MessageFault> faults{};

    std::uint64_t position() const { return start + chunk.size() - rest.size(); }
  };

  // A client's first masking keys are compared; then its frames can be skipped unseen.
  static constexpr std::uint8_t kWatchedKeys = 8;
  static constexpr std::uint8_t kKeysJudged = 0xFF;

  // A Close, Ping or Pong that comes in parts.
  struct ControlInProgress {
    ws::FrameHeader header;
    std::array<std::byte, ws::kLongestControlPayload> payload;  // of a longer one, its beginning
    std::uint8_t size = 0;
    bool is_missing_some = false;  // of the payload; what came before that is there
  };

  // While frames are looked for behind a break, and how things stood there.
  struct Search {
    ws::Resynchroniser resynchroniser;
    std::uint64_t break_offset;
    std::uint64_t frames;
    bool has_close;
    std::uint64_t parsed;  // how far the stream was read for plausible Closes
  };
  // What most connections never need.
  struct Trouble {
    StrayWatch strays;
    std::unique_ptr<Search> search;
  };
  // What is only needed once something was sent.
  struct Flow {
    RecentTraffic recent;
    std::unique_ptr<ws::ContentStart> start;  // once a text might have been one that is watched for
    bool is_start_wanted = false;             // of the message in hand
  };

  void begin_second(Moment now, TrackerEvents& events);
  void note_frame_in_hand();
  void read_all(ByteView bytes, std::uint64_t start, const Listening& to);
  void read(ByteView& bytes, std::uint64_t start, const Listening& to);
  void look_for_frames(ByteView& bytes, std::uint64_t start, const Listening& to);
  bool skip_short_messages(ByteView& rest);
  void miss_payload(std::uint64_t count, const Listening& to);
  void lose_place(bool is_frame_next);
  void regain_trust(std::uint64_t offset);
  void feed_frames(Feeding& feeding);
  bool is_ready_to_skip(const Interest& interest) const;
  void begin_frame(const ws::FrameHeader& header, Feeding& feeding);
  void take_payload(const ws::PayloadPart& part, Feeding& feeding);
  ws::ContentStart* start_of(const ws::PayloadPart& part);
  // What came, not what a header says: that may be anything.
  void count_payload(ByteView bytes) {
    if (counts_ != nullptr && !is_untrusted_) counts_->payload.add(bytes.size());
  }
  void note_message(Feeding& feeding);
  RecentMessage message_in_hand() const;
  void look_for_interruption(const ws::PayloadPart& part, Feeding& feeding);
  void end_frame(Feeding& feeding);
  void judge(const ws::FrameHeader& header, Feeding& feeding);
  void judge_place(const ws::FrameHeader& header, ws::RuleSet& broken) const;
  void judge_sizes(const ws::FrameHeader& header, Feeding& feeding);
  void watch_masking_key(const ws::FrameHeader& header, Feeding& feeding);
  void lose_trust(const Feeding& feeding);
  // A heartbeat is compared as a whole; of a Close, its code is enough.
  static bool is_readable(const ControlInProgress& control) {
    return !control.is_missing_some ||
           (control.header.opcode == ws::Opcode::close && control.size >= 2);
  }
  static std::uint8_t half_character(const ControlInProgress& control);
  void take_control(const ws::FrameHeader& header, ByteView payload, Feeding& feeding);
  void take_close(const ws::FrameHeader& header, ByteView payload, Feeding& feeding);
  void report_message_faults(Feeding& feeding);
  void say(ws::Rule rule, std::uint64_t offset, std::string detail, TrackerEvents& events) const;
  void say(const ws::RuleSet& broken, TrackerEvents& events) const;
  Excerpt excerpt_from(std::uint64_t offset, const Feeding& feeding) const;
  StrayWatch& strays();
  Search* search() const { return trouble_ ? trouble_->search.get() : nullptr; }
  ws::FrameContext context() const;
  ws::FrameHeader header() const;

  ws::FrameParser parser_;
  ws::MessageTracker message_;
  std::uint64_t bytes_ = 0;         // of the direction, up to what was fed
  std::uint64_t frame_offset_ = 0;  // of the frame in hand
  std::uint64_t skipped_ = 0;       // whole messages of one frame; none while untrusted
  std::uint64_t frames_ = 0;        // the others
  std::uint64_t messages_ = 0;
  std::unique_ptr<ControlInProgress> control_;
  std::unique_ptr<ws::InterruptionFinder> interruptions_;  // once there was a long frame

  std::unique_ptr<Trouble> trouble_;
  std::unique_ptr<Flow> flow_;
  DirectionCounts* counts_ = nullptr;
  const ws::TextOpenings* watched_ = nullptr;

  // The header of the frame in hand, in as few bytes as an idle connection should cost.
  std::uint64_t payload_length_ = 0;
  ws::MaskingKey masking_key_{};
  std::uint8_t first_byte_ = 0;
  std::uint8_t header_length_ = 2;
  bool is_masked_ = false;

  Direction direction_;
  AfterBreak after_break_ = AfterBreak::give_up;
  bool has_deflate_ = false;
  bool has_unknown_extension_ = false;
  std::uint8_t equal_keys_ = 0;  // masking keys from the first one on, up to kWatchedKeys
  bool is_data_frame_ = false;   // of a message that is followed
  bool is_untrusted_ = false;    // after a breach that ends trust, only plausible Closes count
  bool has_close_ = false;
  bool is_other_side_closed_ = false;
  bool is_order_unknown_ = false;  // bytes were missed: a message may be open
};

}  // namespace lastframe::session
