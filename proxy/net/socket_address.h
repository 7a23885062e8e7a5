// An address as the kernel takes it: IPv4, IPv6 or a path.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::net {

class SocketAddress {
 public:
  // A numeric IPv4 or IPv6 address (with or without a scope, without brackets). No value: a name.
  static std::optional<SocketAddress> of_numeric(std::string_view host, std::uint16_t port);
  // Every local address: "::" for both families together, "0.0.0.0" for IPv4 alone.
  static SocketAddress of_every_address(int family, std::uint16_t port);
  // No value: the path is longer than the 107 bytes the kernel takes.
  static std::optional<SocketAddress> of_path(std::string_view path);
  static SocketAddress from(const sockaddr* address, socklen_t size);

  // The local and the remote address of a socket; empty when the kernel does not know.
  static std::optional<SocketAddress> local_of(int fd);
  static std::optional<SocketAddress> peer_of(int fd);

  int family() const { return storage_.any.sa_family; }
  bool is_unix() const { return family() == AF_UNIX; }
  const sockaddr* get() const { return &storage_.any; }
  socklen_t size() const { return size_; }

  std::uint16_t port() const;
  void set_port(std::uint16_t port);

  // "10.0.0.7:9000", "[::1]:9000", "unix:/path". IPv4 inside IPv6 is written as IPv4.
  std::string text() const;
  // The same without the port and the brackets; empty for a path.
  std::string host_text() const;

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un path;
  };

  Storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace lastframe::net
