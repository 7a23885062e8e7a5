// How a RelayConnection finds its upstream: addresses tried in turn, and what a client sees when
// none answers.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "net/relay_connection.h"
#include "net/sockets.h"
#include "support/relay_harness.h"

namespace lastframe::net {
namespace {

using session::HandshakeOutcome;
using session::RecordKind;
using session::Text;
using std::chrono::milliseconds;
using test::End;
using test::Gate;
using test::kPlainRequest;
using test::open_websocket;
using test::Pair;
using test::RawListener;
using test::RawPeer;
using test::RefusingAddress;
using test::relaying_to;
using test::RelayUnderTest;
using test::SilentAddress;
using test::TemporaryFolder;
using test::upstream_at;
using test::wait_until;

RelayOptions with_502(RelayOptions options) {
  options.listeners.front().on_connect_failure = OnConnectFailure::http_502;
  return options;
}

RelayOptions with_first_byte(RelayOptions options) {
  options.listeners.front().connect = ConnectWhen::first_byte;
  return options;
}

TEST_CASE("a client whose upstream refuses is reset, and the record says why") {
  const RefusingAddress nobody;
  RelayUnderTest relay(relaying_to(nobody.address()));
  RawPeer client = relay.connect();
  CHECK(client.receive_to_end().end == End::reset);
  const auto report = relay.reports().wait_for(1).front();
  CHECK(report.kind == RecordKind::connect_failed);
  CHECK(report.ending == session::Ending::connect_failed);
  CHECK(report.connect_error == "ECONNREFUSED");
  CHECK(report.texts[Text::server] == nobody.address().text());
  REQUIRE(report.transport[index(Endpoint::server)].has_value());
  CHECK(report.transport[index(Endpoint::server)]->error == "ECONNREFUSED");
  CHECK(relay->totals().connect_failures == 1);
  relay.wait_until_nobody_is_open();
}

TEST_CASE("with http_502 a request is answered, whenever it comes") {
  for (const bool comes_late : {false, true}) {
    CAPTURE(comes_late);
    const RefusingAddress nobody;
    RelayUnderTest relay(with_502(relaying_to(nobody.address())));
    RawPeer client = relay.connect();
    if (comes_late) {
      wait_until("the failed attempt", [&] { return relay->totals().connect_failures == 1; });
      CHECK_FALSE(client.has_news());  // an answer needs a request
    }
    client.send(kPlainRequest.substr(0, 30));
    client.send(kPlainRequest.substr(30));
    const auto answer = client.receive_to_end();
    CHECK(answer.end == End::fin);
    CHECK(answer.bytes.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    CHECK(answer.bytes.contains("\r\nConnection: close\r\n"));
    const std::size_t head = answer.bytes.find("\r\n\r\n");
    REQUIRE(head != std::string::npos);
    const std::string length = std::to_string(answer.bytes.size() - head - 4);
    CHECK(answer.bytes.contains("\r\nContent-Length: " + length + "\r\n"));
    client.close();
    const auto report = relay.reports().wait_for(1).front();
    CHECK(report.kind == RecordKind::connect_failed);
    CHECK(report.is_answered_by_us);
    relay.wait_until_nobody_is_open();
  }
}

TEST_CASE("with http_502 a client that does not speak HTTP is reset") {
  const RefusingAddress nobody;
  RelayUnderTest relay(with_502(relaying_to(nobody.address())));
  RawPeer client = relay.connect();
  client.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
  const auto answer = client.receive_to_end();
  CHECK(answer.bytes.empty());
  CHECK(answer.end == End::reset);
}

TEST_CASE("with http_502 a client that leaves without a request leaves nothing behind") {
  for (const bool resets : {false, true}) {
    CAPTURE(resets);
    const RefusingAddress nobody;
    RelayUnderTest relay(with_502(relaying_to(nobody.address())));
    RawPeer client = relay.connect();
    wait_until("the failed attempt", [&] { return relay->totals().connect_failures == 1; });
    resets ? client.reset() : client.close();
    relay.wait_until_nobody_is_open();
  }
}

TEST_CASE("upstreams are tried in turn until one answers") {
  const RefusingAddress first;
  const RefusingAddress second;
  RawListener third;
  RelayUnderTest relay(relaying_to(
      {upstream_at(first.address()), upstream_at(second.address()), upstream_at(third.address())}));
  Pair pair = open_websocket(relay, third);
  close_websocket(pair);
  const auto report = relay.reports().wait_for(1).front();
  CHECK(report.kind == RecordKind::session_end);
  CHECK(report.texts[Text::server] == third.address().text());
  CHECK(relay->totals().connect_failures == 0);
}

TEST_CASE("what the client sent while upstreams were tried reaches the one that answers") {
  const RefusingAddress first;
  RawListener second;
  RelayUnderTest relay(relaying_to({upstream_at(first.address()), upstream_at(second.address())}));
  RawPeer client = relay.connect();
  client.send("early");
  client.fin();
  RawPeer server = second.accept();
  const auto received = server.receive_to_end();
  CHECK(received.bytes == "early");
  CHECK(received.end == End::fin);
}

// A client's first bytes are written to a socket whose connection attempt has just failed: the
// write takes the error, and the attempt has failed all the same.
TEST_CASE("a refusal that a write meets first is a refusal") {
  for (const bool has_second : {false, true}) {
    CAPTURE(has_second);
    Gate gate;
    RawListener upstream;
    SilentAddress silent;
    RelayOptions options = relaying_to(upstream);
    options.listeners.push_back(options.listeners.front());
    options.listeners.back().name = "silent";
    options.listeners.back().upstreams = {upstream_at(silent.address())};
    if (has_second) options.listeners.back().upstreams.push_back(upstream_at(upstream.address()));
    RelayUnderTest relay(options, [&](const session::SessionReport&) { gate.pass(); });
    RawPeer client = relay.connect(1);
    wait_until("the connection", [&] { return relay->totals().open == 1; });
    Pair holding = open_websocket(relay, upstream);
    gate.wait_until_reached();
    client.send("first");
    silent.refuse_from_now_on();
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    gate.open();
    if (has_second) {
      RawPeer server = upstream.accept();
      CHECK(server.receive(5) == "first");
    } else {
      CHECK(client.receive_to_end().end == End::reset);
      const auto report = relay.reports().wait_for(1).front();
      CHECK(report.kind == RecordKind::connect_failed);
      CHECK(report.connect_error == "ECONNREFUSED");
    }
  }
}

TEST_CASE("a server that resets at once is a server that was reached") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  RawPeer client = relay.connect();
  upstream.accept().reset();
  CHECK(client.receive_to_end().end == End::reset);
  relay.wait_until_nobody_is_open();
  CHECK(relay->totals().connect_failures == 0);
}

TEST_CASE("an upstream that does not answer is given up after the time-out") {
  SilentAddress silent;
  RelayOptions options = relaying_to(silent.address());
  options.listeners.front().timeouts.connect = milliseconds(300);
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  CHECK(client.receive_to_end().end == End::reset);
  const auto report = relay.reports().wait_for(1).front();
  CHECK(report.kind == RecordKind::connect_failed);
  CHECK(report.connect_error == "ETIMEDOUT");
}

TEST_CASE("with first_byte the time to connect counts from that byte") {
  SilentAddress silent;
  RelayOptions options = with_first_byte(relaying_to(silent.address()));
  options.listeners.front().timeouts.connect = milliseconds(400);
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  client.send("x");
  CHECK_FALSE(client.has_news());  // for 200 ms
  CHECK(client.receive_to_end().end == End::reset);
}

TEST_CASE("with first_byte the upstream is connected when the client speaks") {
  RawListener upstream;
  RelayUnderTest relay(with_first_byte(relaying_to(upstream)));
  RawPeer client = relay.connect();
  CHECK_FALSE(upstream.has_client());
  client.send("hello");
  RawPeer server = upstream.accept();
  CHECK(server.receive(5) == "hello");
  server.send("back");
  CHECK(client.receive(4) == "back");
}

TEST_CASE("with first_byte a client that leaves without a byte does not reach the upstream") {
  for (const bool resets : {false, true}) {
    CAPTURE(resets);
    RawListener upstream;
    RelayUnderTest relay(with_first_byte(relaying_to(upstream)));
    RawPeer client = relay.connect();
    wait_until("the connection", [&] { return relay->totals().accepted == 1; });
    if (resets) {
      client.reset();
    } else {
      client.fin();
      CHECK(client.receive_to_end().end == End::fin);
      client.close();
    }
    relay.wait_until_nobody_is_open();
    CHECK_FALSE(upstream.has_client());
  }
}

TEST_CASE("with first_byte a probe that says nothing is idle like any other") {
  RawListener upstream;
  RelayOptions options = with_first_byte(relaying_to(upstream));
  options.listeners.front().timeouts.idle = milliseconds(200);
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  CHECK(client.receive_to_end().end == End::fin);
  client.close();
  relay.wait_until_nobody_is_open();
}

TEST_CASE("a unix socket is relayed to and from, and gives an end where TCP gives a reset") {
  const TemporaryFolder folder;
  RawListener upstream(*SocketAddress::of_path(folder.file("up.sock")));
  RelayOptions options = relaying_to(upstream);
  options.listeners.front().listen = UnixPath{folder.file("down.sock")};
  RelayUnderTest relay(options);
  Pair pair = open_websocket(relay, upstream);
  const std::string bytes = test::numbered_bytes(2'000'000);
  std::thread sending([&] { pair.client.send(bytes); });
  CHECK(pair.server.receive(bytes.size()) == bytes);
  sending.join();
  pair.server.close();
  CHECK(pair.client.receive_to_end().end == End::fin);
  pair.client.close();
  const auto report = relay.reports().wait_for(1).front();
  CHECK_FALSE(report.transport[index(Endpoint::client)].has_value());
  CHECK(report.texts[Text::server] == "unix:" + folder.file("up.sock"));
  relay.wait_until_nobody_is_open();
}

TEST_CASE("a unix socket whose queue is full is tried again, and nobody is dropped") {
  const TemporaryFolder folder;
  RawListener upstream(*SocketAddress::of_path(folder.file("up.sock")), 1);
  RelayUnderTest relay(relaying_to(upstream));
  constexpr std::size_t kClients = 12;
  std::vector<RawPeer> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(relay.connect());
    clients.back().send(std::string(1, static_cast<char>('a' + i)));
  }
  wait_until("all to be taken", [&] { return relay->totals().open == kClients; });
  std::string seen;
  std::vector<RawPeer> servers;
  for (std::size_t i = 0; i < kClients; ++i) {
    servers.push_back(upstream.accept());
    seen += servers.back().receive(1);
  }
  std::ranges::sort(seen);
  CHECK(seen == "abcdefghijkl");
  CHECK(relay->totals().connect_failures == 0);
}

TEST_CASE("a unix socket that is not there is a failure with its name") {
  const TemporaryFolder folder;
  RelayUnderTest relay(relaying_to({{UnixPath{folder.file("none.sock")}}}));
  RawPeer client = relay.connect();
  CHECK(client.receive_to_end().end == End::reset);
  CHECK(relay.reports().wait_for(1).front().connect_error == "ENOENT");
}

TEST_CASE("an upstream may be a name, and each of its addresses is tried") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to({{TcpAddress{"localhost", upstream.address().port()}}}));
  for (int i = 0; i < 3; ++i) {
    // "localhost" is ::1 as well, where nobody listens.
    Pair pair = open_websocket(relay, upstream);
    close_websocket(pair);
  }
  for (const auto& report : relay.reports().wait_for(3)) {
    CHECK(report.texts[Text::server] == upstream.address().text());
  }
}

TEST_CASE("a name that does not resolve is a failure, and the next upstream is tried") {
  RawListener upstream;
  const Upstream nowhere{.address = TcpAddress{"no-such-host.invalid", 80}};
  RelayUnderTest last(relaying_to({nowhere}));
  RawPeer client = last.connect();
  CHECK(client.receive_to_end().end == End::reset);
  const auto report = last.reports().wait_for(1).front();
  CHECK(report.connect_error->contains("no-such-host.invalid"));
  CHECK(report.texts[Text::server] == "no-such-host.invalid:80");
  RelayUnderTest with_next(relaying_to({nowhere, upstream_at(upstream.address())}));
  Pair pair = open_websocket(with_next, upstream);
}

TEST_CASE("a client that leaves while a name is looked up leaves nothing behind") {
  RelayUnderTest relay(relaying_to({{TcpAddress{"no-such-host.invalid", 80}}}));
  for (int i = 0; i < 20; ++i) relay.connect().reset();
  relay.wait_until_nobody_is_open();
}

TEST_CASE("source addresses are used in turn") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.listeners.front().source_addresses = {"127.0.0.8", "::1", "127.0.0.9"};
  RelayUnderTest relay(options);
  std::array<int, 2> seen{};
  for (int i = 0; i < 9; ++i) {
    Pair pair = connect_through(relay, upstream);
    const std::string from = SocketAddress::peer_of(pair.server.fd())->host_text();
    REQUIRE((from == "127.0.0.8" || from == "127.0.0.9"));
    ++seen[from == "127.0.0.8" ? 0 : 1];
  }
  CHECK(seen[0] > 0);
  CHECK(seen[1] > 0);
}

TEST_CASE("a source address that this machine does not have is a cause of its own") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.listeners.front().source_addresses = {"192.0.2.1"};
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  CHECK(client.receive_to_end().end == End::reset);
  CHECK(relay.reports().wait_for(1).front().connect_error == "EADDRNOTAVAIL");
}

TEST_CASE("a client that resets before the upstream answers is noticed at once") {
  for (const bool has_asked : {true, false}) {
    CAPTURE(has_asked);
    SilentAddress silent;
    RelayUnderTest relay(relaying_to(silent.address()));
    RawPeer client = relay.connect();
    wait_until("the connection", [&] { return relay->totals().open == 1; });
    if (has_asked) {
      client.send(kPlainRequest);
      wait_until("acknowledged bytes", [&] { return unacked_bytes(client.fd()) == 0; });
    }
    client.reset();
    relay.wait_until_nobody_is_open();
    if (!has_asked) continue;
    const auto report = relay.reports().wait_for(1).front();
    CHECK(report.kind == RecordKind::handshake_failed);
    CHECK(report.handshake.outcome == HandshakeOutcome::abandoned);
  }
}

TEST_CASE("a client that ends its side before the upstream answers waits for the answer") {
  SilentAddress silent;
  RelayOptions options = relaying_to(silent.address());
  options.listeners.front().timeouts.connect = milliseconds(500);
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  client.send(kPlainRequest);
  client.fin();
  CHECK_FALSE(client.has_news());
  CHECK(client.receive_to_end().end == End::reset);
  relay.wait_until_nobody_is_open();
}

}  // namespace
}  // namespace lastframe::net
