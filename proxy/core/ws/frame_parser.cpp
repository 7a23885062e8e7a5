#include "core/ws/frame_parser.h"

#include <algorithm>
#include <cstring>

namespace lastframe::ws {
namespace {

constexpr unsigned value_of(std::byte byte) { return std::to_integer<unsigned>(byte); }

// Of a header whose first two bytes are known: 2 to 14.
std::size_t header_length(std::byte second) {
  const unsigned length = value_of(second) & 0x7Fu;
  const std::size_t length_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + length_bytes + ((value_of(second) & 0x80u) != 0 ? 4 : 0);
}

std::uint64_t big_endian(const std::byte* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | value_of(bytes[i]);
  return value;
}

FrameHeader decode(const std::byte* bytes) {
  FrameHeader header;
  header.fin = (value_of(bytes[0]) & 0x80u) != 0;
  header.rsv = static_cast<std::uint8_t>(value_of(bytes[0]) >> 4 & 0x7u);
  header.opcode = static_cast<Opcode>(value_of(bytes[0]) & 0xFu);
  header.header_length = static_cast<std::uint8_t>(header_length(bytes[1]));
  const unsigned length = value_of(bytes[1]) & 0x7Fu;
  header.payload_length = length < 126    ? length
                          : length == 126 ? big_endian(bytes + 2, 2)
                                          : big_endian(bytes + 2, 8);
  if ((value_of(bytes[1]) & 0x80u) != 0) {
    std::memcpy(header.masking_key.emplace().data(), bytes + header.header_length - 4, 4);
  }
  return header;
}

}  // namespace

std::optional<FrameEvent> FrameParser::next(ByteView& input) {
  if (phase_ == Phase::header) {
    if (header_size_ == 0 && input.size() >= 2 && input.size() >= header_length(input[1])) {
      const FrameHeader header = begin_frame(input.data());
      input = input.subspan(header.header_length);
      return header;
    }
    while (!input.empty()) {
      header_[header_size_++] = input.front();
      input = input.subspan(1);
      if (header_size_ >= 2 && header_size_ == header_length(header_[1])) {
        return begin_frame(header_.data());
      }
    }
    return std::nullopt;
  }
  if (phase_ == Phase::payload) {
    if (input.empty()) return std::nullopt;
    const std::uint64_t left = payload_length_ - payload_offset_;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, input.size()));
    const PayloadPart part{.bytes = input.first(size), .offset = payload_offset_};
    input = input.subspan(size);
    payload_offset_ += size;
    if (payload_offset_ == payload_length_) phase_ = Phase::end;
    return part;
  }
  phase_ = Phase::header;
  return FrameEnd{};
}

FrameHeader FrameParser::begin_frame(const std::byte* bytes) {
  const FrameHeader header = decode(bytes);
  header_size_ = 0;
  payload_length_ = header.payload_length;
  payload_offset_ = 0;
  phase_ = header.payload_length == 0 ? Phase::end : Phase::payload;
  return header;
}

}  // namespace lastframe::ws
