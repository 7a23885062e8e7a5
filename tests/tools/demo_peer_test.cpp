#include "tools/demo_peer.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include <chrono>
#include <thread>

#include "support/socket_pair.h"

using namespace lastframe;
using namespace lastframe::tools;
using namespace std::chrono_literals;
using ws::Opcode;

namespace {

struct Results {
  std::optional<DemoPeer::Request> request;
  bool server = false;
  bool client = false;
};

// Both scripts against each other.
Results play_both(const Script& server, const Script& client) {
  auto [server_end, client_end] = socket_pair();
  Results results;
  std::thread serving([&, end = std::move(server_end)]() mutable {
    DemoPeer peer(std::move(end), {.role = Endpoint::server, .patience = 5s});
    results.request = peer.read_request();
    results.server = results.request && peer.play(server, results.request->path);
  });
  DemoPeer peer(std::move(client_end), {.role = Endpoint::client, .patience = 5s});
  results.client = peer.play(client, "/room?id=7");
  serving.join();
  return results;
}

}  // namespace

TEST_CASE("an echo: message by message, fragments joined, pings answered, the Close returned") {
  const Results results = play_both(
      served({EchoUntilClose{}}),
      opened({send_text("hello"), AwaitFrame{Opcode::text},
              SendFrame{{.opcode = Opcode::binary, .payload = "a", .fin = false}},
              SendFrame{{.opcode = Opcode::ping, .payload = "?"}}, AwaitFrame{Opcode::pong},
              SendFrame{{.opcode = Opcode::continuation, .payload = "b"}},
              AwaitFrame{Opcode::binary}, send_close(1000, ""), AwaitFrame{Opcode::close}}));
  CHECK(results.server);
  CHECK(results.client);
  REQUIRE(results.request.has_value());
  CHECK(results.request->path == "/room");
  CHECK(results.request->is_upgrade);
}

TEST_CASE("a request that asks for no upgrade is told apart") {
  const Results results =
      play_both({SendBytes{"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"}},
                {SendBytes{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}, AwaitAnswer{}, AwaitEnd{}});
  REQUIRE(results.request.has_value());
  CHECK_FALSE(results.request->is_upgrade);
  CHECK(results.server);
  CHECK(results.client);
}

TEST_CASE("extensions are offered and accepted where the scripts say so") {
  auto [server_end, client_end] = socket_pair();
  CHECK(DemoPeer(std::move(client_end), {.role = Endpoint::client, .patience = 1ms})
            .play({AskUpgrade{.extensions = "permessage-deflate"}, ResetConnection{}}, "/"));
  std::string head(1000, '\0');
  head.resize(static_cast<std::size_t>(::recv(server_end.get(), head.data(), head.size(), 0)));
  CHECK(head.find("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n") != std::string::npos);
}

TEST_CASE("what is no request is no request") {
  CHECK_FALSE(play_both({}, {SendBytes{"\x16\x03\x01 hello"}, EndStream{}}).request.has_value());
}

TEST_CASE("a stream that ends before the awaited frame is a failure of the side that waits") {
  const Results results =
      play_both(served({send_text("hello")}), opened({AwaitFrame{Opcode::binary}}));
  CHECK(results.server);
  CHECK_FALSE(results.client);
}

TEST_CASE("what does not come is waited for no longer than the patience") {
  auto [silent, waiting] = socket_pair();
  DemoPeer peer(std::move(waiting), {.role = Endpoint::client, .patience = 10ms});
  CHECK_FALSE(peer.play({AwaitEnd{}}, "/"));
}

TEST_CASE("a stop ends the longest wait") {
  auto [silent, waiting] = socket_pair();
  const net::FileDescriptor stop(::eventfd(1, EFD_CLOEXEC));
  DemoPeer peer(std::move(waiting),
                {.role = Endpoint::server, .patience = 10min, .stop = stop.get()});
  CHECK_FALSE(peer.read_request().has_value());
}
