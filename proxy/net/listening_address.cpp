#include "net/listening_address.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <variant>

#include "net/file_descriptor.h"
#include "net/resolver.h"
#include "net/sockets.h"

namespace lastframe::net {

std::expected<ListenAt, Error> listen_at(const Address& address) {
  if (const auto* path = std::get_if<UnixPath>(&address)) {
    const auto result = SocketAddress::of_path(path->path);
    if (!result) return std::unexpected(Error{"", "the path is too long", "use at most 107 bytes"});
    return ListenAt{*result};
  }
  const auto& tcp = std::get<TcpAddress>(address);
  if (tcp.host.empty()) {
    const bool has_ipv6 = FileDescriptor(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)).is_open();
    return ListenAt{
        .address = SocketAddress::of_every_address(has_ipv6 ? AF_INET6 : AF_INET, tcp.port),
        .takes_both_families = has_ipv6};
  }
  if (const auto numeric = SocketAddress::of_numeric(tcp.host, tcp.port)) return ListenAt{*numeric};
  auto resolution = look_up(tcp.host);
  if (!resolution) return std::unexpected(Error{"", resolution.error(), "use a numeric address"});
  resolution->front().set_port(tcp.port);
  return ListenAt{resolution->front()};
}

std::expected<void, Error> check_all_free(const ListenAt& at) {
  int error = check_is_free(at.address);
  if (error == 0 && at.takes_both_families) {
    error = check_is_free(SocketAddress::of_every_address(AF_INET, at.address.port()));
  }
  if (error == 0) return {};
  return std::unexpected(Error{
      "", std::generic_category().message(error),
      error == EADDRINUSE ? "stop the process that listens there, or choose another port" : ""});
}

std::string bound_text(const ListenAt& at, const SocketAddress& bound) {
  return at.takes_both_families ? fmt::format(":{}", bound.port()) : bound.text();
}

}  // namespace lastframe::net
