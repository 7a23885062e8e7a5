// Follows the frames of one direction: counts, messages, broken rules, the Close frame.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/session/observer.h"
#include "core/ws/close_body.h"
#include "core/ws/extensions.h"
#include "core/ws/frame_parser.h"
#include "core/ws/frame_rules.h"

namespace lastframe::session {

// The first complete Close frame of a direction; of one that is too long, the first 125 bytes.
struct CloseFound {
  ws::CloseBody body;
  std::uint64_t frame;
};

// What a tracker tells while it reads; the session passes it on.
class TrackerEvents {
 public:
  virtual ~TrackerEvents() = default;
  virtual void frame_seen(const FrameSeen& frame) = 0;
  virtual void message_seen(const MessageSeen& message) = 0;
  virtual void rule_broken(const ws::Violation& violation) = 0;
  virtual void close_found(Endpoint sender, CloseFound close) = 0;
};

class DirectionTracker {
 public:
  explicit DirectionTracker(Direction direction) : direction_(direction) {}

  void set_extensions(ws::NegotiatedExtensions extensions) { extensions_ = extensions; }

  // The bytes of this direction behind the handshake head, in order.
  void feed(ByteView bytes, TrackerEvents& events, const Interest& interest);

  // The sender's stream ended here: a frame that is cut off breaks FR-14.
  void end(TrackerEvents& events);

  // False once the direction is untrusted: where its frames begin and end is then a guess.
  bool is_mid_frame() const { return !is_untrusted_ && parser_.is_mid_frame(); }
  bool is_mid_message() const { return !is_untrusted_ && message_ != 0; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t messages() const { return messages_; }

 private:
  struct CloseInProgress {
    std::array<std::byte, ws::kLongestControlPayload> payload;  // of a longer one, its beginning
    std::uint8_t size = 0;
    bool is_too_long = false;
    std::optional<ws::MaskingKey> masking_key;
  };

  void begin_frame(const ws::FrameHeader& header, TrackerEvents& events, const Interest& interest);
  void take_payload(const ws::PayloadPart& part);
  void end_frame(TrackerEvents& events, const Interest& interest);
  void judge(const ws::FrameHeader& header, TrackerEvents& events);
  void begin_close(const ws::FrameHeader& header);
  void end_close(TrackerEvents& events);
  void report(ws::RuleSet broken, TrackerEvents& events);
  ws::FrameContext context() const;

  ws::FrameParser parser_;
  std::uint64_t bytes_ = 0;         // of the direction, up to what was fed
  std::uint64_t frame_offset_ = 0;  // of the frame in progress
  std::uint64_t frames_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t message_size_ = 0;  // of the message in progress
  std::uint64_t message_fragments_ = 0;
  std::unique_ptr<CloseInProgress> close_;
  Direction direction_;
  ws::NegotiatedExtensions extensions_;
  std::uint8_t message_ = 0;  // opcode of the message in progress; 0: none
  bool is_message_compressed_ = false;
  bool ends_message_ = false;  // the frame in progress is a message's last
  bool is_untrusted_ = false;  // after a breach that ends trust, only plausible Closes count
  bool has_close_ = false;
};

}  // namespace lastframe::session
