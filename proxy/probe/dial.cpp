#include "probe/dial.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/clock.h"
#include "net/resolver.h"
#include "net/sockets.h"

namespace lastframe::probe {
namespace {

std::chrono::microseconds since(Moment begin) { return net::now() - begin; }

// 0 once the socket is connected, else an errno.
int await_connection(int fd, Moment deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - net::now()).count();
    if (left <= 0) return ETIMEDOUT;
    pollfd watched{.fd = fd, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::min<long>(left, 1'000'000)));
    if (ready > 0) return net::take_socket_error(fd);
    if (ready < 0 && errno != EINTR) return errno;
  }
}

std::vector<net::SocketAddress> resolved(const net::Address& at, Dialled& dialled) {
  if (const auto* path = std::get_if<net::UnixPath>(&at)) {
    const auto address = net::SocketAddress::of_path(path->path);
    if (!address) dialled.resolve_error = "the path is longer than a unix socket's may be";
    return address ? std::vector{*address} : std::vector<net::SocketAddress>{};
  }
  const auto& tcp = std::get<net::TcpAddress>(at);
  if (const auto numeric = net::SocketAddress::of_numeric(tcp.host, tcp.port)) return {*numeric};
  auto found = net::look_up(tcp.host);
  if (!found) {
    dialled.resolve_error = found.error();
    return {};
  }
  for (net::SocketAddress& address : *found) address.set_port(tcp.port);
  return *std::move(found);
}

net::FileDescriptor connect_to_one(const std::vector<net::SocketAddress>& addresses,
                                   std::chrono::milliseconds timeout, Dialled& dialled) {
  for (const net::SocketAddress& address : addresses) {
    const Moment began = net::now();
    net::ConnectBegun begun = net::begin_connect(address, std::nullopt, net::KeepAlive{});
    if (begun.error == 0) begun.error = await_connection(begun.socket.get(), began + timeout);
    const std::string error(begun.error == 0 ? "" : net::errno_name(begun.error));
    dialled.attempts.push_back({address.text(), error, since(began)});
    if (begun.error == 0) return std::move(begun.socket);
  }
  return {};
}

void secure(const Target& target, const DialOptions& options, Dialled& dialled) {
  static const std::vector<std::string> kProtocols{"http/1.1"};
  const Moment began = net::now();
  auto ssl = options.tls->begin({.server_name = target.server_name,
                                 .expected_name = target.server_name,
                                 .protocols = kProtocols});
  if (!ssl) {
    dialled.tls_failure = session::TlsFailure{.detail = ssl.error()};
    return;
  }
  const auto done = dialled.wire->secure(*std::move(ssl), began + options.timeout);
  dialled.securing = since(began);
  dialled.tls.emplace().handling = session::TlsHandling::originated;
  dialled.tls->server_name = target.server_name;
  dialled.tls->offered_alpn = kProtocols;
  dialled.wire->tls()->describe(*dialled.tls);
  if (!done) dialled.tls_failure = done.error();
}

}  // namespace

Dialled dial(const Target& target, const DialOptions& options) {
  Dialled dialled;
  dialled.began = net::now();
  const auto addresses = resolved(options.connect.value_or(target.address), dialled);
  dialled.resolving = since(dialled.began);
  for (const net::SocketAddress& address : addresses) dialled.addresses.push_back(address.text());
  net::FileDescriptor socket = connect_to_one(addresses, options.timeout, dialled);
  dialled.connected = net::now();
  dialled.ended = dialled.connected;
  if (!socket.is_open()) return dialled;
  if (const auto own = net::SocketAddress::local_of(socket.get())) {
    dialled.own_address = own->text();
  }
  dialled.wire.emplace(std::move(socket), WireOptions{.most_held = options.most_held});
  if (target.is_tls) secure(target, options, dialled);
  dialled.ended = net::now();
  if (dialled.tls_failure) dialled.wire.reset();
  return dialled;
}

bool is_connected(const Dialled& dialled) {
  return !dialled.attempts.empty() && dialled.attempts.back().error.empty();
}

std::string failure_text(const Dialled& dialled) {
  if (!dialled.resolve_error.empty()) return dialled.resolve_error;
  if (dialled.tls_failure) {
    const session::TlsFailure& failure = *dialled.tls_failure;
    return fmt::format("the TLS handshake failed: {}{}", name(failure.fault),
                       failure.detail.empty() ? "" : ", " + failure.detail);
  }
  if (dialled.wire) return "";
  if (dialled.attempts.empty()) return "there is no address to connect to";
  const Attempt& last = dialled.attempts.back();
  return fmt::format("no connection to {}: {}", last.address, last.error);
}

}  // namespace lastframe::probe
