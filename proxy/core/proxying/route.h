// Which route a connection takes, by what its client says first: the name in its ClientHello, the
// host and path of its first request.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/error.h"

namespace lastframe::proxying {

// What is known of a connection. Empty: the client did not say it.
struct RouteKey {
  std::string_view server_name;
  std::string_view host;  // without port
  std::string_view path;  // a query does not matter
};

// What a route asks for. Empty: does not matter.
struct RoutePattern {
  std::string_view server_name;  // as matches() in name_pattern.h
  std::string_view host;         // likewise; an IPv6 address with brackets or without
  std::string_view path;         // "/chat" alone; "/chat/*" with all below it, and "/chat" itself
};

// Paths are compared byte for byte, as they stand on the wire.
bool holds(const RoutePattern& pattern, const RouteKey& key);

// What is wrong with a pattern that could never hold as its writer means it. The error's `where`
// is the name of the field.
std::optional<Error> mistake_in(const RoutePattern& pattern);

struct FirstRequest {
  enum class State : unsigned char { incomplete, complete, not_http, too_long };
  State state = State::incomplete;
  // As RouteKey wants them; the target's own host goes before the Host field (RFC 9112 section
  // 3.2.2). The path of CONNECT is empty.
  std::string host;
  std::string path;
};

inline constexpr std::size_t kLongestFirstRequest = 64 * 1024;  // bytes of its head

// `bytes`: all of the stream so far. What begins no request is known as soon as its first bytes
// allow; while a head is not complete a call costs one pass over it.
FirstRequest first_request(ByteView bytes);

}  // namespace lastframe::proxying
