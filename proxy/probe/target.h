// Where a probe goes: a WebSocket URL, taken apart (RFC 6455 section 3).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "net/address.h"

namespace lastframe::probe {

struct Target {
  net::Address address;
  bool is_tls = false;
  std::string host;           // the Host field: without the scheme's own port
  std::string server_name;    // a name or a numeric address, without brackets; empty for a path
  std::string request = "/";  // path and query, as they stand in the request line

  bool operator==(const Target&) const = default;
};

// "ws://host:port/path?query", "wss://...", "unix:/run/chat.sock", "unix:/run/chat.sock:/path".
// A fragment or a user is an error that says so. The error has no `where`.
std::expected<Target, Error> parse_target(std::string_view url);

// The same URL with a segment behind its path: "/chat?a=1" becomes "/chat/glue?a=1".
std::string with_segment(std::string_view request, std::string_view segment);

// As a URL, for people.
std::string to_text(const Target& target);

// The same without secrets in its path and query (docs/log-format.md, "Redaction").
std::string shown_url(const Target& target);

}  // namespace lastframe::probe
