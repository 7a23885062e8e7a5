#include "tools/demo_service.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/socket_address.h"
#include "tools/demo_peer.h"

namespace lastframe::tools {
namespace {

constexpr std::string_view kHost = "127.0.0.1";

// For connections made by hand: somebody types.
constexpr std::chrono::minutes kPatience{10};

std::unexpected<Error> failed(std::string_view what) {
  return std::unexpected(Error{"demo service", fmt::format("{}: {}", what, std::strerror(errno)),
                               "the demo needs a free port on 127.0.0.1"});
}

struct BoundSocket {
  net::FileDescriptor socket;
  net::Address address;
};

std::expected<BoundSocket, Error> bind_to_free_port() {
  net::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed("no socket");
  const auto loopback = net::SocketAddress::of_numeric(kHost, 0);
  if (!loopback || ::bind(socket.get(), loopback->get(), loopback->size()) != 0) {
    return failed("no free port");
  }
  const auto bound = net::SocketAddress::local_of(socket.get());
  if (!bound) return failed("no address");
  return BoundSocket{std::move(socket), net::TcpAddress{std::string(kHost), bound->port()}};
}

// What a browser or curl gets: what there is to see here.
std::string front_page(const std::vector<Scenario>& scenarios) {
  std::string text = "The service of `lastframe demo`. A WebSocket connection to:\n\n";
  for (const Scenario& scenario : scenarios) {
    text += fmt::format("  {:<18} {}\n", scenario.path, scenario.what);
  }
  text += "\nEvery other path echoes.\n";
  return fmt::format(
      "HTTP/1.1 200 OK\r\nServer: lastframe-demo\r\nContent-Type: text/plain\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      text.size(), text);
}

}  // namespace

std::expected<std::unique_ptr<DemoService>, Error> DemoService::start(
    const std::vector<Scenario>& scenarios) {
  auto listening = bind_to_free_port();
  if (!listening) return std::unexpected(listening.error());
  if (::listen(listening->socket.get(), SOMAXCONN) != 0) return failed("cannot listen");
  auto refusing = bind_to_free_port();
  if (!refusing) return std::unexpected(refusing.error());
  std::unique_ptr<DemoService> service(new DemoService(scenarios));
  service->stop_ = net::FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  if (!service->stop_.is_open()) return failed("no eventfd");
  service->listener_ = std::move(listening->socket);
  service->address_ = std::move(listening->address);
  service->refusing_ = std::move(refusing->socket);
  service->refusing_address_ = std::move(refusing->address);
  service->accepting_ = std::jthread([raw = service.get()] { raw->accept_all(); });
  return service;
}

DemoService::~DemoService() { ::eventfd_write(stop_.get(), 1); }

void DemoService::accept_all() {
  std::array<pollfd, 2> watched{pollfd{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) break;
    net::FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.is_open()) take(std::move(socket));
  }
  connections_.clear();
}

void DemoService::take(net::FileDescriptor socket) {
  std::erase_if(connections_,
                [](const Connection& connection) { return connection.is_over.load(); });
  if (connections_.size() >= kMostConnections) return;
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

void DemoService::serve(net::FileDescriptor socket) const {
  DemoPeer peer(std::move(socket),
                {.role = Endpoint::server, .patience = kPatience, .stop = stop_.get()});
  const auto request = peer.read_request();
  if (!request) return;
  if (!request->is_upgrade) {
    peer.play({SendBytes{front_page(scenarios_)}}, request->path);
    return;
  }
  const auto scenario = std::ranges::find(scenarios_, request->path, &Scenario::path);
  const bool is_known = scenario != scenarios_.end();
  peer.play(is_known ? scenario->server : served({EchoUntilClose{}}), request->path);
}

}  // namespace lastframe::tools
