#include "core/http2/frame_reader.h"

#include <algorithm>

namespace lastframe::http2 {
namespace {

// In the order of their numbers.
constexpr std::array<std::string_view, 14> kErrorNames{"NO_ERROR",
                                                       "PROTOCOL_ERROR",
                                                       "INTERNAL_ERROR",
                                                       "FLOW_CONTROL_ERROR",
                                                       "SETTINGS_TIMEOUT",
                                                       "STREAM_CLOSED",
                                                       "FRAME_SIZE_ERROR",
                                                       "REFUSED_STREAM",
                                                       "CANCEL",
                                                       "COMPRESSION_ERROR",
                                                       "CONNECT_ERROR",
                                                       "ENHANCE_YOUR_CALM",
                                                       "INADEQUATE_SECURITY",
                                                       "HTTP_1_1_REQUIRED"};

std::uint32_t number(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    value = value << 8U | std::to_integer<std::uint32_t>(bytes[i]);
  }
  return value;
}

}  // namespace

FrameHeader decode_frame_header(ByteView bytes) {
  return {.length = number(bytes, 0, 3),
          .type = std::to_integer<std::uint8_t>(bytes[3]),
          .flags = std::to_integer<std::uint8_t>(bytes[4]),
          .stream = number(bytes, 5, 4) & 0x7FFFFFFFU};
}

std::string_view error_name(std::uint32_t code) {
  return code < kErrorNames.size() ? kErrorNames[code] : std::string_view();
}

std::string_view known_error_name(std::string_view text) {
  const auto found = std::ranges::find(kErrorNames, text);
  return found == kErrorNames.end() ? std::string_view() : *found;
}

// An empty one is 9 bytes; each setting is 6 more, and no server sends more than some dozens.
bool may_begin_with_settings(ByteView bytes) {
  constexpr std::uint32_t kMostSettings = 64;
  constexpr std::array<std::byte, 6> kRest{std::byte{4}};  // the type, no flags, stream 0
  const std::size_t fixed = std::min(bytes.size(), kFrameHeaderSize);
  for (std::size_t i = 3; i < fixed; ++i) {
    if (bytes[i] != kRest[i - 3]) return false;
  }
  if (bytes.size() < 3)
    return std::ranges::all_of(bytes, [](std::byte b) { return b < std::byte{2}; });
  const std::uint32_t length = number(bytes, 0, 3);
  return length % 6 == 0 && length <= 6 * kMostSettings;
}

std::optional<FrameReader::Part> FrameReader::next(ByteView& bytes) {
  if (!is_open_) {
    const std::size_t count = std::min(bytes.size(), kFrameHeaderSize - header_size_);
    std::ranges::copy(bytes.first(count),
                      header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += count;
    bytes = bytes.subspan(count);
    if (header_size_ < kFrameHeaderSize) return std::nullopt;
    header_size_ = 0;
    frame_ = decode_frame_header(header_);
    read_ = 0;
    is_open_ = true;
    return part({}, 0, true);
  }
  if (bytes.empty()) return std::nullopt;
  const std::size_t count = std::min<std::size_t>(bytes.size(), payload_left());
  const ByteView payload = bytes.first(count);
  bytes = bytes.subspan(count);
  return part(payload, static_cast<std::uint32_t>(count), false);
}

FrameReader::Part FrameReader::skip(std::uint32_t count) { return part({}, count, false); }

FrameReader::Part FrameReader::part(ByteView bytes, std::uint32_t size, bool is_first) {
  read_ += size;
  is_open_ = read_ < frame_.length;
  return {.frame = frame_, .bytes = bytes, .is_first = is_first, .is_last = !is_open_};
}

}  // namespace lastframe::http2
