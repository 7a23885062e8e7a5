// "This is not a frame": recognises what stands where a frame should begin, from its first bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace lastframe::ws {

// What the bytes are. Names are those of the record's `stray_bytes.kind`.
enum class StrayKind : unsigned char {
  http_response,
  http_request,
  html,
  chunk_size,  // a chunk of HTTP/1.1 chunked coding: the size line, then the frame it wraps
  tls_record,
  proxy_header,  // PROXY protocol, version 1 or 2
  http2,         // its preface, or a SETTINGS or GOAWAY frame
  gzip,
  zlib,
  line_end,  // CR LF between frames
  json,      // a text without its frame header
  text,
  hixie_76,  // 00 text ff, or ff 00: the framing of draft-hixie-thewebsocketprotocol-76
  unknown,
};

inline constexpr auto kStrayKinds = std::to_array<StrayKind>(
    {StrayKind::http_response, StrayKind::http_request, StrayKind::html, StrayKind::chunk_size,
     StrayKind::tls_record, StrayKind::proxy_header, StrayKind::http2, StrayKind::gzip,
     StrayKind::zlib, StrayKind::line_end, StrayKind::json, StrayKind::text, StrayKind::hixie_76,
     StrayKind::unknown});

std::string_view name(StrayKind kind);

struct StrayBytes {
  StrayKind kind = StrayKind::unknown;
  // A noun phrase: "an HTTP/1.1 502 page from nginx, 157 bytes", "a TLS alert record (fatal,
  // handshake_failure)". `shown` adds what else may be shown: the start line of an HTTP message
  // without a request's target, header fields that name software, never payload; often empty.
  // Both are printable ASCII, all else escaped as \xNN, and at most kLongestStrayText long.
  std::string summary;
  std::string shown;

  bool operator==(const StrayBytes&) const = default;
};

inline constexpr std::size_t kLongestStrayText = 512;

// How many bytes recognise() wants to see at most.
inline constexpr std::size_t kStrayWindow = 512;

// `first`: the bytes from the break on, as many as came; what lies behind kStrayWindow is not
// looked at. `length`: how many bytes there were in all, where that is known (the stream ended).
// Says rather nothing than something wrong: of noise, of any length, less than one in 500 is called
// anything but unknown.
StrayBytes recognise(ByteView first, std::optional<std::uint64_t> length);

}  // namespace lastframe::ws
