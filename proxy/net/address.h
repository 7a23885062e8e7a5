// Addresses as people write them: where a listener listens, where an upstream is.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/error.h"

namespace lastframe::net {

// `host` is a name or a numeric address without brackets; empty means every local address.
struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const TcpAddress&) const = default;
};

struct UnixPath {
  std::string path;

  bool operator==(const UnixPath&) const = default;
};

using Address = std::variant<TcpAddress, UnixPath>;

// "127.0.0.1:8080", "[::1]:8080", ":8080", "unix:/path".
std::string to_text(const Address& address);

// A listening address: "127.0.0.1:8080", "[::1]:8080", ":8080" (every address), "unix:/path".
// Numeric, so that nothing is looked up at the start; only "localhost" is known, as 127.0.0.1.
// Port 0 asks the kernel for a free one. The error has no `where`, and shows the whole text.
std::expected<Address, Error> parse_listen_address(std::string_view text);

struct Upstream {
  Address address;
  bool is_tls = false;

  bool operator==(const Upstream&) const = default;
};

// "10.0.0.7:9000", "wss://10.0.0.7:9001": as the record names it.
std::string to_text(const Upstream& upstream);

// "ws://host:port", "ws://host" (port 80), "wss://host:port", "wss://host" (port 443),
// "unix:/path". Request targets pass unchanged, so a path, query or user in it is an error that
// says so. The error has no `where`, and shows the whole text but for a password.
std::expected<Upstream, Error> parse_upstream(std::string_view text);

// Letters, digits, hyphens and underscores (common inside container networks) between dots, as
// long as RFC 1035 section 2.3.4 allows. A numeric IPv4 address has this form too.
bool is_host_name(std::string_view text);

// Whether two listeners cannot both have their address: SO_REUSEPORT lets them bind it, and the
// kernel would then deal clients out between them. Port 0 is never the same twice.
bool is_same_listen_address(const Address& a, const Address& b);

// Whether connecting to `upstream` surely reaches a listener at `listen`: a loop without end.
bool leads_to(const Address& upstream, const Address& listen);

}  // namespace lastframe::net
