#include "probe/echo_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
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
constexpr std::chrono::milliseconds kShortagePause{50};

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
  server->stop_ = net::FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  if (!server->stop_.is_open()) {
    return std::unexpected(Error{text, std::generic_category().message(errno), ""});
  }
  const auto bound = net::SocketAddress::local_of(listener->get());
  server->address_ = bound && !at->is_unix() ? bound->text() : text;
  server->listener_ = *std::move(listener);
  server->accepting_ = std::jthread([raw = server.get()] { raw->accept_all(); });
  return server;
}

EchoServer::~EchoServer() { ::eventfd_write(stop_.get(), 1); }

void EchoServer::accept_all() {
  std::array<pollfd, 2> watched{pollfd{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) break;
    net::FileDescriptor socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.is_open()) {
      take(std::move(socket));
    } else if (net::is_shortage(errno)) {
      std::this_thread::sleep_for(kShortagePause);  // clients wait in the kernel's queue
    }
  }
  connections_.clear();
}

void EchoServer::take(net::FileDescriptor socket) {
  std::erase_if(connections_,
                [](const Connection& connection) { return connection.is_over.load(); });
  if (connections_.size() >= kMostConnections) {
    net::transmit(socket.get(), as_bytes(kTooMany));
    return;
  }
  Connection& connection = connections_.emplace_back();
  try {
    connection.thread = std::jthread([this, &connection, held = std::move(socket)]() mutable {
      serve(std::move(held));
      connection.is_over = true;
    });
  } catch (const std::system_error&) {
    connections_.pop_back();  // no thread to be had: this client is dropped
  }
}

void EchoServer::serve(net::FileDescriptor socket) {
  Wire wire(std::move(socket), {.most_held = 0, .stop = stop_.get()});
  if (options_.tls) {
    auto ssl =
        options_.tls->begin({.server_name = "", .fallback_name = "", .protocol = "http/1.1"});
    if (!ssl || !wire.secure(*std::move(ssl), net::now() + kTlsPatience)) return;
  }
  EchoConnection(wire, accounts_, drawn_id()).serve();
}

}  // namespace lastframe::probe
