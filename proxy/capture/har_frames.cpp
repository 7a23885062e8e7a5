#include "capture/har_frames.h"

#include <array>
#include <cstring>
#include <span>

#include "core/base/bytes.h"
#include "core/ws/masking.h"

namespace lastframe::capture {

std::string_view HarFrames::frame(Endpoint sender, ws::Opcode opcode, std::string_view payload) {
  header(sender, opcode, payload.size());
  const std::size_t head = bytes_.size();
  bytes_ += payload;
  if (sender == Endpoint::client) {
    const std::span<char> place = std::span(bytes_).subspan(head);
    ws::unmask(as_bytes(payload), key_, 0, std::as_writable_bytes(place));
  }
  return bytes_;
}

std::string_view HarFrames::header(Endpoint sender, ws::Opcode opcode, std::uint64_t size) {
  ws::FrameHeader header{.fin = true, .opcode = opcode, .payload_length = size};
  if (size > 125) header.header_length = size > 0xFFFF ? 10 : 4;
  if (sender == Endpoint::client) {
    key_ = next_key();
    header.masking_key = key_;
    header.header_length = static_cast<std::uint8_t>(header.header_length + key_.size());
  }
  std::array<std::byte, 14> bytes{};
  bytes_ = as_text(ByteView(bytes).first(ws::encode_frame_header(header, bytes.data())));
  return bytes_;
}

// A HAR knows no keys. They differ from frame to frame, as RFC 6455 section 5.3 wants them, and are
// the same on every run.
ws::MaskingKey HarFrames::next_key() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = (state_ ^ state_ >> 30) * 0xBF58476D1CE4E5B9ULL;
  mixed ^= mixed >> 27;
  ws::MaskingKey key;
  std::memcpy(key.data(), &mixed, key.size());
  key[0] |= std::byte{1};
  return key;
}

}  // namespace lastframe::capture
