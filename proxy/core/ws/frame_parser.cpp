#include "core/ws/frame_parser.h"

#include <algorithm>

namespace lastframe::ws {
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
  const FrameHeader header = decode_frame_header(bytes);
  header_size_ = 0;
  payload_length_ = header.payload_length;
  payload_offset_ = 0;
  phase_ = header.payload_length == 0 ? Phase::end : Phase::payload;
  return header;
}

}  // namespace lastframe::ws
