#include "net/socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace lastframe::net {
namespace {

// inet_ntop() goes through printf, which a connection would pay for twice.
std::string dotted(const std::uint8_t* bytes) {
  std::string text = std::to_string(bytes[0]);
  for (int i = 1; i < 4; ++i) text.append(1, '.').append(std::to_string(bytes[i]));
  return text;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::of_numeric(std::string_view host, std::uint16_t port) {
  SocketAddress address;
  const std::size_t scope = host.find('%');
  const std::string text(host.substr(0, scope));
  if (inet_pton(AF_INET, text.c_str(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    address.size_ = sizeof(sockaddr_in);
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), &address.storage_.v6.sin6_addr) != 1) return std::nullopt;
  address.storage_.v6.sin6_family = AF_INET6;
  address.storage_.v6.sin6_port = htons(port);
  if (scope != std::string_view::npos) {
    address.storage_.v6.sin6_scope_id = if_nametoindex(std::string(host.substr(scope + 1)).c_str());
  }
  address.size_ = sizeof(sockaddr_in6);
  return address;
}

SocketAddress SocketAddress::of_every_address(int family, std::uint16_t port) {
  return *of_numeric(family == AF_INET ? "0.0.0.0" : "::", port);
}

std::optional<SocketAddress> SocketAddress::of_path(std::string_view path) {
  SocketAddress address;
  if (path.empty() || path.size() >= sizeof(address.storage_.path.sun_path)) return std::nullopt;
  address.storage_.path.sun_family = AF_UNIX;
  std::ranges::copy(path, address.storage_.path.sun_path);
  address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

SocketAddress SocketAddress::from(const sockaddr* address, socklen_t size) {
  SocketAddress result;
  result.size_ = std::min(size, static_cast<socklen_t>(sizeof(Storage)));
  std::memcpy(&result.storage_, address, result.size_);
  return result;
}

std::optional<SocketAddress> SocketAddress::local_of(int fd) {
  SocketAddress address;
  address.size_ = sizeof(Storage);
  if (getsockname(fd, &address.storage_.any, &address.size_) != 0) return std::nullopt;
  return address;
}

std::optional<SocketAddress> SocketAddress::peer_of(int fd) {
  SocketAddress address;
  address.size_ = sizeof(Storage);
  if (getpeername(fd, &address.storage_.any, &address.size_) != 0) return std::nullopt;
  return address;
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  return family() == AF_INET6 ? ntohs(storage_.v6.sin6_port) : std::uint16_t{0};
}

void SocketAddress::set_port(std::uint16_t port) {
  if (family() == AF_INET) storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) storage_.v6.sin6_port = htons(port);
}

std::string SocketAddress::host_text() const {
  if (family() == AF_INET)
    return dotted(reinterpret_cast<const std::uint8_t*>(&storage_.v4.sin_addr));
  if (family() != AF_INET6) return {};
  const in6_addr& v6 = storage_.v6.sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return dotted(&v6.s6_addr[12]);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &v6, text.data(), text.size());
  return text.data();
}

std::string SocketAddress::text() const {
  if (is_unix()) {
    // The peer of a unix socket has no name.
    const std::size_t head = offsetof(sockaddr_un, sun_path);
    if (size_ <= head) return "unix:";
    const char* path = storage_.path.sun_path;
    return "unix:" + std::string(path, strnlen(path, size_ - head));
  }
  const std::string host = host_text();
  const bool needs_brackets = host.find(':') != std::string::npos;
  return (needs_brackets ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

}  // namespace lastframe::net
