#include "net/destination.h"

#include <linux/netfilter_ipv4.h>
#include <sys/socket.h>

namespace lastframe::net {
namespace {

constexpr int kOriginalDestinationV6 = 80;  // IP6T_SO_ORIGINAL_DST; its header is not C++

std::optional<SocketAddress> original(int fd, int level, int option) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (getsockopt(fd, level, option, &storage, &size) != 0) return std::nullopt;
  return SocketAddress::from(reinterpret_cast<const sockaddr*>(&storage), size);
}

}  // namespace

std::optional<SocketAddress> redirected_from(int fd) {
  const auto own = SocketAddress::local_of(fd);
  if (!own) return std::nullopt;
  auto found = original(fd, SOL_IP, SO_ORIGINAL_DST);
  if (!found && own->family() == AF_INET6) found = original(fd, SOL_IPV6, kOriginalDestinationV6);
  if (!found || found->text() == own->text()) return std::nullopt;
  return found;
}

std::optional<SocketAddress> intercepted_from(int fd, std::uint16_t own_port) {
  const auto own = SocketAddress::local_of(fd);
  if (!own || own->is_unix() || own->port() == own_port) return std::nullopt;
  return own;
}

}  // namespace lastframe::net
