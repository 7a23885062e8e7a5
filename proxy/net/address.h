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
// Port 0 asks the kernel for a free one. The error has no `where`.
std::expected<Address, Error> parse_listen_address(std::string_view text);

// An upstream: "ws://host:port", "ws://host" (port 80), "unix:/path". Request targets pass
// unchanged, so a path, query or user in it is an error that says so. The error has no `where`.
std::expected<Address, Error> parse_upstream(std::string_view text);

}  // namespace lastframe::net
