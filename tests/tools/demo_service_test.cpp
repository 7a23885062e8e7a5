#include "tools/demo_service.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <variant>
#include <vector>

#include "net/socket_address.h"
#include "tools/demo_peer.h"

using namespace lastframe;
using namespace lastframe::tools;
using namespace std::chrono_literals;
using ws::Opcode;

namespace {

// Connected, or empty with errno.
net::FileDescriptor connect_to(const net::Address& address) {
  const auto& tcp = std::get<net::TcpAddress>(address);
  const auto target = net::SocketAddress::of_numeric(tcp.host, tcp.port);
  net::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), target->get(), target->size()) == 0) return socket;
  return {};
}

std::string read_to_the_end(int fd) {
  std::string all;
  char bytes[4096];
  for (ssize_t size = 0; (size = ::recv(fd, bytes, sizeof bytes, 0)) > 0;) {
    all.append(bytes, static_cast<std::size_t>(size));
  }
  return all;
}

bool plays(const net::Address& address, const Script& client, std::string_view path) {
  DemoPeer peer(connect_to(address), {.role = Endpoint::client, .patience = 5s});
  return peer.play(client, path);
}

}  // namespace

TEST_CASE("the service listens on loopback alone") {
  const auto scenarios = demo_scenarios();
  const auto service = DemoService::start(scenarios);
  REQUIRE(service.has_value());
  CHECK(std::get<net::TcpAddress>((*service)->address()).host == "127.0.0.1");
  CHECK(std::get<net::TcpAddress>((*service)->address()).port != 0);
}

TEST_CASE("nobody answers at the refusing address, as long as the service lives") {
  const auto scenarios = demo_scenarios();
  const auto service = DemoService::start(scenarios);
  REQUIRE(service.has_value());
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(connect_to((*service)->refusing_address()).is_open());
    CHECK(errno == ECONNREFUSED);
  }
}

TEST_CASE("plain HTTP gets a page that lists every scenario") {
  const auto scenarios = demo_scenarios();
  const auto service = DemoService::start(scenarios);
  REQUIRE(service.has_value());
  const net::FileDescriptor socket = connect_to((*service)->address());
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  REQUIRE(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) > 0);
  ::shutdown(socket.get(), SHUT_WR);
  const std::string answer = read_to_the_end(socket.get());
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  for (const Scenario& scenario : scenarios) {
    CAPTURE(scenario.path);
    CHECK(answer.find("  " + scenario.path + " ") != std::string::npos);
  }
}

TEST_CASE("each scenario's client is served by path, with a query or without") {
  const auto scenarios = demo_scenarios();
  const auto service = DemoService::start(scenarios);
  REQUIRE(service.has_value());
  for (const Scenario& scenario : scenarios) {
    if (scenario.door == Door::unreachable) continue;
    CAPTURE(scenario.path);
    CHECK(plays((*service)->address(), scenario.client, scenario.path));
    CHECK(plays((*service)->address(), scenario.client, scenario.path + "?round=2"));
  }
}

TEST_CASE("every other path echoes") {
  const auto scenarios = demo_scenarios();
  const auto service = DemoService::start(scenarios);
  REQUIRE(service.has_value());
  CHECK(plays((*service)->address(),
              opened({send_text("hello"), AwaitFrame{Opcode::text}, send_close(1000, ""),
                      AwaitFrame{Opcode::close}}),
              "/by-hand"));
}

TEST_CASE("connections above the bound are closed, and the end of the service ends the others") {
  const auto scenarios = demo_scenarios();
  auto service = DemoService::start(scenarios);
  REQUIRE(service.has_value());
  std::vector<net::FileDescriptor> idle;
  for (std::size_t i = 0; i < DemoService::kMostConnections; ++i) {
    idle.push_back(connect_to((*service)->address()));
    REQUIRE(idle.back().is_open());
  }
  const net::FileDescriptor one_more = connect_to((*service)->address());
  CHECK(read_to_the_end(one_more.get()).empty());
  pollfd first{.fd = idle.front().get(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&first, 1, 0) == 0);
  service->reset();
  for (const net::FileDescriptor& socket : idle) CHECK(read_to_the_end(socket.get()).empty());
}
