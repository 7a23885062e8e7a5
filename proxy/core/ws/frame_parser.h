// Cuts one direction's bytes into frames. Total: every byte string has a reading, it cannot fail;
// what is forbidden is said elsewhere (frame_rules.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/ws/frame.h"
#include "core/ws/text_openings.h"
#include "core/ws/utf8.h"

namespace lastframe::ws {

// Payload as on the wire (masked where the header says so). Borrowed from the input.
struct PayloadPart {
  ByteView bytes;
  std::uint64_t offset = 0;  // of its first byte, within the payload
};

struct FrameEnd {};

using FrameEvent = std::variant<FrameHeader, PayloadPart, FrameEnd>;

struct WholeFrame {
  FrameHeader header;
  ByteView payload;  // as on the wire; borrowed from the input
};

// What was skipped unseen: how many messages, all text or all binary, the largest payload and the
// last one's size.
struct SkippedMessages {
  std::uint64_t count = 0;
  std::size_t largest = 0;
  std::size_t last = 0;
  bool is_text = false;

  bool operator==(const SkippedMessages&) const = default;
};

class FrameParser {
 public:
  // Skips messages of one type that lie in `input` as one whole frame each and are good in every
  // point: FIN, ASCII text or binary, no reserved bit, masked as their sender's role demands, at
  // most 125 bytes. None where the stream stands inside a frame. A text that `watched` matches is
  // not skipped, nor is what lies behind it.
  SkippedMessages skip_short_messages(ByteView& input, Endpoint from,
                                      const TextOpenings* watched = nullptr) const {
    SkippedMessages skipped;
    if (phase_ != Phase::header || header_size_ != 0) return skipped;
    const unsigned mask_bit = from == Endpoint::client ? 0x80 : 0;
    const std::size_t head = from == Endpoint::client ? 6 : 2;
    if (input.size() < head) return skipped;
    const std::byte first = input[0];
    if (first != std::byte{0x81} && first != std::byte{0x82}) return skipped;
    skipped.is_text = first == std::byte{0x81};
    do {
      const auto second = std::to_integer<unsigned>(input[1]);
      const std::size_t length = second & 0x7Fu;
      if ((second & 0x80u) != mask_bit || length > 125 || input.size() < head + length) break;
      if (skipped.is_text) {
        const ByteView payload = input.subspan(head, length);
        if (!is_ascii_payload(payload, from)) break;
        if (watched != nullptr && watched->match(payload, key_before(payload, from))) break;
      }
      ++skipped.count;
      skipped.largest = std::max(skipped.largest, length);
      skipped.last = length;
      input = input.subspan(head + length);
    } while (input.size() >= head && input[0] == first);
    return skipped;
  }

  // A frame that begins and ends within `input`, in one step: what next() would say in several.
  // False where the stream stands inside a frame, or the frame is not there as a whole.
  bool next_whole(ByteView& input, WholeFrame& frame) const {
    if (phase_ != Phase::header || header_size_ != 0 || input.size() < 2) return false;
    const std::size_t head = header_length(input[1]);
    if (input.size() < head) return false;
    frame.header = decode_frame_header(input.data());
    if (frame.header.payload_length > input.size() - head) return false;
    const std::size_t end = head + static_cast<std::size_t>(frame.header.payload_length);
    frame.payload = input.first(end).subspan(head);
    input = input.subspan(end);
    return true;
  }

  // The next event of the stream; consumed bytes are cut off the front of `input`. No value: all
  // of `input` is consumed and more is needed. The events do not depend on how the stream is cut,
  // but for the number of PayloadParts.
  std::optional<FrameEvent> next(ByteView& input);

  // Bytes of payload that the frame in hand still lacks; 0 within a header and between frames.
  std::uint64_t payload_left() const {
    return phase_ == Phase::payload ? payload_length_ - payload_offset_ : 0;
  }
  // Goes on as if `count` bytes of them had come, at most payload_left().
  void skip_payload(std::uint64_t count) {
    payload_offset_ += count;
    if (payload_offset_ == payload_length_) phase_ = Phase::end;
  }

  // Whether next() has nothing to say before more bytes come.
  bool needs_bytes() const { return phase_ != Phase::end; }

  // Whether the stream stands inside a frame (some of its header, or not all of its payload).
  bool is_mid_frame() const { return phase_ != Phase::header || header_size_ != 0; }

  // Bytes of a header that has begun and is not complete: 0 to 13.
  std::size_t partial_header_size() const { return header_size_; }

 private:
  enum class Phase : unsigned char { header, payload, end };

  // Of a short frame; a client's masking key lies in front of it.
  static bool is_ascii_payload(ByteView payload, Endpoint from) {
    if (from == Endpoint::server) return is_ascii(payload);
    return is_ascii_masked(payload, key_before(payload, from), 0);
  }

  static MaskingKey key_before(ByteView payload, Endpoint from) {
    MaskingKey key{};
    if (from == Endpoint::client) {
      std::memcpy(key.data(), payload.data() - key.size(), key.size());
    }
    return key;
  }

  FrameHeader begin_frame(const std::byte* header);

  std::uint64_t payload_length_ = 0;
  std::uint64_t payload_offset_ = 0;  // 0 <= payload_offset_ <= payload_length_
  std::array<std::byte, 14> header_{};
  std::uint8_t header_size_ = 0;  // bytes of a header that came in parts
  Phase phase_ = Phase::header;
};

}  // namespace lastframe::ws
