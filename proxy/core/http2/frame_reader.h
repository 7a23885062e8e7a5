// Cuts one direction of an HTTP/2 connection into frames (RFC 9113 section 4.1). A spectator's
// reading: lengths are believed, whatever SETTINGS_MAX_FRAME_SIZE allows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"

namespace lastframe::http2 {

// What a client says first (RFC 9113 section 3.4).
inline constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kFrameHeaderSize = 9;

// RFC 9113 section 6. Others are extensions, which whoever does not know them skips.
enum class FrameType : unsigned char {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation
};

inline constexpr std::uint8_t kEndStream = 0x1;  // DATA, HEADERS
inline constexpr std::uint8_t kAck = 0x1;        // SETTINGS
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kHasPriority = 0x20;

struct FrameHeader {
  std::uint32_t length = 0;  // of the payload, 24 bits
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;  // 31 bits

  bool is(FrameType wanted) const { return type == static_cast<std::uint8_t>(wanted); }
  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

// `bytes`: at least kFrameHeaderSize.
FrameHeader decode_frame_header(ByteView bytes);

// RFC 9113 section 7: "CANCEL". Empty: an unknown code. Of static life.
std::string_view error_name(std::uint32_t code);
// The name among them that equals `text`, or empty.
std::string_view known_error_name(std::string_view text);

// Whether a server's first bytes may be the SETTINGS frame that it has to begin with.
bool may_begin_with_settings(ByteView bytes);

class FrameReader {
 public:
  // Of each frame a first part without bytes, then its payload as it comes. The view points into
  // what was given to next().
  struct Part {
    FrameHeader frame;
    ByteView bytes;
    bool is_first;
    bool is_last;
  };

  // What was consumed is cut off the front of `bytes`. No value: more is needed.
  std::optional<Part> next(ByteView& bytes);

  // The frame in progress whose header has come, and whose payload is not complete.
  const FrameHeader* open_frame() const { return is_open_ ? &frame_ : nullptr; }
  std::uint32_t payload_left() const { return is_open_ ? frame_.length - read_ : 0; }
  // Of the payload, bytes that nobody can see: at most payload_left(). The part is given as if it
  // had come, without its bytes.
  Part skip(std::uint32_t count);

 private:
  Part part(ByteView bytes, std::uint32_t size, bool is_first);

  std::array<std::byte, kFrameHeaderSize> header_{};
  std::size_t header_size_ = 0;
  FrameHeader frame_;
  std::uint32_t read_ = 0;
  bool is_open_ = false;
};

}  // namespace lastframe::http2
