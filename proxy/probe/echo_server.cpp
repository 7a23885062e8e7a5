#include "probe/echo_server.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <random>
#include <system_error>
#include <utility>

#include "net/clock.h"
#include "net/socket_address.h"
#include "net/sockets.h"
#include "probe/echo_connection.h"
#include "probe/wire.h"

namespace lastframe::probe {
namespace {

constexpr std::chrono::seconds kTlsPatience{10};

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nServer: lastframe-echo\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

std::optional<net::SocketAddress> socket_address(const net::Address& address) {
  if (const auto* path = std::get_if<net::UnixPath>(&address)) {
    return net::SocketAddress::of_path(path->path);
  }
  const auto& tcp = std::get<net::TcpAddress>(address);
  if (tcp.host.empty()) return net::SocketAddress::of_every_address(AF_INET6, tcp.port);
  return net::SocketAddress::of_numeric(tcp.host, tcp.port);
}

// Nobody else should be able to ask for this connection's account.
std::string drawn_id() {
  std::random_device source;
  return fmt::format("{:08x}{:08x}", source(), source());
}

}  // namespace

std::expected<std::unique_ptr<EchoServer>, Error> EchoServer::start(const EchoOptions& options) {
  const auto at = socket_address(options.listen);
  const std::string text = net::to_text(options.listen);
  if (!at) return std::unexpected(Error{text, "this is no address to listen on", ""});
  if (const int error = net::check_is_free(*at); error != 0) {
    return std::unexpected(
        Error{text, std::generic_category().message(error), "name another address with --listen"});
  }
  auto listener = net::open_listening_socket(*at, net::KeepAlive{}, true);
  if (!listener) {
    listener.error().where = text;
    return std::unexpected(listener.error());
  }
  std::unique_ptr<EchoServer> server(new EchoServer(options));
  const auto bound = net::SocketAddress::local_of(listener->get());
  server->address_ = bound && !at->is_unix() ? bound->text() : text;
  auto acceptor = net::ThreadedAcceptor::start(
      *std::move(listener),
      {.most_connections = kMostConnections,
       .is_nonblocking = true,
       .serve = [raw = server.get()](net::FileDescriptor socket,
                                     int stop) { raw->serve(std::move(socket), stop); },
       .turn_away = [](int socket) { net::transmit(socket, as_bytes(kTooMany)); }});
  if (!acceptor) {
    return std::unexpected(Error{text, std::generic_category().message(acceptor.error()), ""});
  }
  server->acceptor_ = *std::move(acceptor);
  return server;
}

void EchoServer::serve(net::FileDescriptor socket, int stop) {
  Wire wire(std::move(socket), {.most_held = 0, .stop = stop});
  if (options_.tls) {
    auto ssl =
        options_.tls->begin({.server_name = "", .fallback_name = "", .protocol = "http/1.1"});
    if (!ssl || !wire.secure(*std::move(ssl), net::now() + kTlsPatience)) return;
  }
  EchoConnection(wire, accounts_, drawn_id()).serve();
}

}  // namespace lastframe::probe
