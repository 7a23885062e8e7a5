#include "tools/demo_service.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
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
  service->address_ = std::move(listening->address);
  service->refusing_ = std::move(refusing->socket);
  service->refusing_address_ = std::move(refusing->address);
  auto acceptor = net::ThreadedAcceptor::start(
      std::move(listening->socket),
      {.most_connections = kMostConnections,
       .serve = [raw = service.get()](net::FileDescriptor socket, int stop) {
         raw->serve(std::move(socket), stop);
       }});
  if (!acceptor) {
    errno = acceptor.error();
    return failed("no eventfd");
  }
  service->acceptor_ = *std::move(acceptor);
  return service;
}

void DemoService::serve(net::FileDescriptor socket, int stop) const {
  DemoPeer peer(std::move(socket), {.role = Endpoint::server, .patience = kPatience, .stop = stop});
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
