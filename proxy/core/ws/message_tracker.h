// Follows the messages of one direction through their fragments, and judges what they carry: text
// is UTF-8, compressed payload inflates (RFC 6455 sections 5.4 and 8.1, RFC 7692).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/ws/frame.h"
#include "core/ws/inflater.h"
#include "core/ws/rule.h"
#include "core/ws/utf8.h"

namespace lastframe::ws {

// What a message's payload breaks, or shows.
struct MessageFault {
  Rule rule;
  // Of the faulty byte within the payload of the frame in hand (its size, where the text ends too
  // early). Absent where the whole frame or what it inflates to is meant.
  std::optional<std::uint64_t> payload_offset;
  std::string detail;
};

// Payload of the frame in hand, as on the wire.
struct MessagePart {
  ByteView bytes;
  std::uint64_t offset = 0;  // of its first byte, within the frame's payload
  std::optional<MaskingKey> masking_key;
};

// The first bytes of a message's content, in the clear and inflated, in whatever parts they come.
struct ContentStart {
  std::array<std::byte, 256> bytes;
  std::size_t size = 0;

  ByteView view() const { return ByteView(bytes).first(size); }
  void take(ByteView plain);
  void take(const MessagePart& part);
};

// What was compressed, of one direction.
struct CompressionCounts {
  std::uint64_t messages = 0;      // that began with RSV1
  std::uint64_t inflated = 0;      // bytes
  std::uint64_t not_inflated = 0;  // messages that could not be looked into

  bool operator==(const CompressionCounts&) const = default;
};

class MessageTracker {
 public:
  // permessage-deflate was negotiated. `pool` outlives the tracker.
  void begin_deflate(InflatePool& pool, DeflateParameters parameters);

  // An extension that is not known may have changed every payload: nothing is judged.
  void ignore_payloads() { judges_ = false; }

  // A data frame's header, or a continuation while a message is open. Its payload follows.
  void begin_frame(const FrameHeader& header);
  // `start`: where the first bytes of a text are wanted, in both functions.
  void take(const MessagePart& part, std::vector<MessageFault>& faults,
            ContentStart* start = nullptr);
  // Whether the message ended with this frame.
  bool end_frame(std::uint64_t payload_length, std::vector<MessageFault>& faults,
                 ContentStart* start = nullptr);

  // Some of the payload in hand passed unseen: what the message carries cannot be judged, nor what
  // is compressed with reference to it.
  void miss();

  // The direction lost track of its frames: no message is open, and what was compressed before is
  // not known.
  void lose_track();

  bool is_open() const { return is_open_; }

  // Of the message in hand, or the one that just ended until the next begins.
  Opcode opcode() const { return opcode_; }
  bool is_compressed() const { return is_compressed_; }
  std::uint64_t size() const { return size_; }  // bytes of payload on the wire, as announced
  std::uint32_t fragments() const { return fragments_; }
  // Bytes that a compressed message inflated to so far; none where nothing of it could be inflated.
  std::optional<std::uint64_t> inflated() const {
    const bool is_known = is_compressed_ && deflate_ && judges_;
    return is_known && (is_inflating_ || content_size_ > 0) ? std::optional(content_size_)
                                                            : std::nullopt;
  }
  // Whether a text is UTF-8 so far, and all of it was seen in the clear.
  bool is_good_text() const { return opcode_ == Opcode::text && is_text_good_ && judges_; }

  // Absent where permessage-deflate was not negotiated.
  const CompressionCounts* compression() const { return deflate_ ? &deflate_->counts : nullptr; }

 private:
  struct Deflate {
    Deflate(InflatePool& pool, DeflateParameters parameters) : inflater(pool, parameters) {}

    Inflater inflater;
    CompressionCounts counts;
    std::uint64_t input = 0;                 // of the message in hand
    std::array<std::byte, 3> input_start{};  // its first bytes
    bool has_missed = false;                 // something that later messages may refer to
  };
  class InflatedText;

  void inflate(const MessagePart& part, std::vector<MessageFault>& faults, ContentStart* start);
  void note_outcome(InflateOutcome outcome, std::vector<MessageFault>& faults);
  // Judges text in the clear. The place of the first byte that cannot go on.
  std::optional<std::size_t> take_text(ByteView text, std::vector<MessageFault>& faults);
  void note_start(ByteView content, std::vector<MessageFault>& faults);

  std::uint64_t size_ = 0;
  std::uint64_t content_size_ = 0;  // bytes judged so far of the message, inflated
  std::unique_ptr<Deflate> deflate_;
  std::uint32_t fragments_ = 0;
  Utf8Stream utf8_;
  std::array<std::byte, 3> start_{};  // the content's first bytes
  Opcode opcode_ = Opcode::continuation;
  bool is_open_ = false;
  bool is_compressed_ = false;
  bool is_last_frame_ = false;
  bool is_text_good_ = true;  // so far, and as far as it is known
  bool is_missing_some_ = false;
  bool is_inflating_ = false;  // nothing went wrong with it so far
  bool judges_ = true;
};

}  // namespace lastframe::ws
