// Frames of HTTP/2 made by hand, byte by byte as RFC 9113 says, with fields as plain literals (RFC
// 7541 section 6.2).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/http2/frame_reader.h"
#include "support/packets.h"

namespace lastframe::test {

using http2::FrameType;

inline std::string http2_frame(FrameType type, unsigned flags, std::uint32_t stream,
                               std::string_view payload = {}) {
  return big(payload.size(), 3) + big(static_cast<unsigned>(type), 1) + big(flags, 1) +
         big(stream, 4) + std::string(payload);
}

// Of 127 bytes at most. `is_kept`: in the table of both ends.
inline std::string hpack_literal(std::string_view name, std::string_view value,
                                 bool is_kept = false) {
  const auto text = [](std::string_view bytes) {
    return static_cast<char>(bytes.size()) + std::string(bytes);
  };
  return (is_kept ? "\x40" : std::string(1, '\0')) + text(name) + text(value);
}

using Http2Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline std::string hpack(const Http2Fields& fields) {
  std::string section;
  for (const auto& [name, value] : fields) section += hpack_literal(name, value);
  return section;
}

inline std::string http2_headers(std::uint32_t stream, const Http2Fields& fields,
                                 unsigned flags = http2::kEndHeaders) {
  return http2_frame(FrameType::headers, flags, stream, hpack(fields));
}

inline std::string http2_request(std::uint32_t stream, std::string_view path = "/chat") {
  return http2_headers(stream, {{":method", "CONNECT"},
                                {":protocol", "websocket"},
                                {":scheme", "https"},
                                {":path", path},
                                {":authority", "chat.example"},
                                {"sec-websocket-version", "13"}});
}

inline std::string http2_answer(std::uint32_t stream, std::string_view status = "200") {
  return http2_headers(stream, {{":status", status}});
}

inline std::string http2_data(std::uint32_t stream, std::string_view data, unsigned flags = 0) {
  return http2_frame(FrameType::data, flags, stream, data);
}

inline std::string http2_reset(std::uint32_t stream, std::uint32_t code) {
  return http2_frame(FrameType::rst_stream, 0, stream, big(code, 4));
}

inline std::string http2_settings(std::string_view settings = {}) {
  return http2_frame(FrameType::settings, 0, 0, settings);
}
inline std::string http2_acknowledgement() {
  return http2_frame(FrameType::settings, http2::kAck, 0);
}

// What each side says first.
inline std::string http2_client_start() {
  return std::string(http2::kClientPreface) + http2_settings();
}
inline std::string http2_server_start() { return http2_settings() + http2_acknowledgement(); }

}  // namespace lastframe::test
