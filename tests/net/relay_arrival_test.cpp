// RelayConnection's beginning, where the client or a route says where it goes. Real clients, and
// firewalls: tests/system.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "net/relay_connection.h"
#include "support/relay_harness.h"
#include "support/splits.h"

namespace lastframe::net {
namespace {

using namespace std::string_view_literals;
using session::RecordKind;
using session::Text;
using test::End;
using test::kPlainRequest;
using test::RawListener;
using test::RawPeer;
using test::RefusingAddress;
using test::RelayUnderTest;

RelayOptions options_for(Mode mode) {
  RelayOptions options = test::relaying_to(std::vector<Upstream>{});
  options.listeners.front().mode = mode;
  return options;
}

// "127.0.0.1:PORT" as each protocol writes it.
std::string connect_request(const SocketAddress& to) {
  return "CONNECT " + to.text() + " HTTP/1.1\r\n\r\n";
}
std::string socks_request(const SocketAddress& to) {
  std::string text("\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01"sv);
  text += static_cast<char>(to.port() >> 8);
  return text += static_cast<char>(to.port() & 0xFF);
}

TEST_CASE("a client reaches the server that it names, however its words are cut") {
  struct Row {
    std::string_view name;
    Mode mode;
    std::string (*request)(const SocketAddress&);
    std::string_view answer;
  };
  const auto rows = std::to_array<Row>({
      {"CONNECT", Mode::forward, connect_request, "HTTP/1.1 200 Connection established\r\n\r\n"},
      {"SOCKS5", Mode::socks5, socks_request, "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"sv},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    RawListener server;
    RelayUnderTest relay(options_for(row.mode));
    const std::string said = row.request(server.address()) + "early";
    test::at_every_split(said, [&](const test::Split& split) {
      CAPTURE(split.name);
      RawPeer client = relay.connect();
      for (const std::string_view part : split.parts) client.send(part);
      RawPeer peer = server.accept();
      CHECK(client.receive(row.answer.size()) == row.answer);
      CHECK(peer.receive(5) == "early");
      client.fin();
      CHECK(peer.receive_to_end().end == End::fin);
      peer.send("late");
      peer.fin();
      CHECK(client.receive_to_end().bytes == "late");
    });
  }
}

TEST_CASE("a PROXY header is taken off, however it is cut") {
  RawListener server;
  RelayOptions options = test::relaying_to(server);
  options.listeners.front().proxy_protocol = {.is_accepted = true, .sent = ProxyHeader::v1};
  RelayUnderTest relay(options);
  const std::string header = "PROXY TCP4 203.0.113.9 192.0.2.1 50122 443\r\n";
  const std::string said = header + "first";
  std::size_t count = 0;
  test::at_every_split(said, [&](const test::Split& split) {
    CAPTURE(split.name);
    RawPeer client = relay.connect();
    for (const std::string_view part : split.parts) client.send(part);
    RawPeer peer = server.accept();
    CHECK(peer.receive(said.size()) == said);  // its own header, and what stood behind it
    client.reset();
    CHECK(peer.receive_to_end().end == End::reset);
    ++count;
  });
  CHECK(relay->totals().accepted == count);
}

TEST_CASE("the first request chooses the route, however it is cut") {
  RawListener rooms;
  RawListener others;
  RelayOptions options = test::relaying_to(others);
  options.listeners.front().routes.push_back({.server_name = "",
                                              .host = "server.example.com",
                                              .path = "/chat",
                                              .upstreams = {test::upstream_at(rooms.address())}});
  RelayUnderTest relay(options);
  test::at_every_split(kPlainRequest, [&](const test::Split& split) {
    CAPTURE(split.name);
    RawPeer client = relay.connect();
    for (const std::string_view part : split.parts) client.send(part);
    RawPeer peer = rooms.accept();
    CHECK(peer.receive(kPlainRequest.size()) == kPlainRequest);
    peer.reset();
    CHECK(client.receive_to_end().end == End::reset);
  });
  CHECK_FALSE(others.has_client());
}

TEST_CASE("where no route holds, the record has what was asked for") {
  RelayOptions options = test::relaying_to(std::vector<Upstream>{});
  const RefusingAddress nobody;
  options.listeners.front().routes.push_back({.server_name = "",
                                              .host = "",
                                              .path = "/other",
                                              .upstreams = {test::upstream_at(nobody.address())}});
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  client.send(kPlainRequest);
  CHECK(client.receive_to_end().end == End::reset);
  const auto report = relay.reports().wait_for(1).front();
  CHECK(report.kind == RecordKind::connect_failed);
  CHECK(report.connect_error == "no route holds");
  CHECK(report.texts[Text::path] == "/chat");
}

TEST_CASE("a client that ends before it has said where to go is ended, and leaves nothing") {
  for (const Mode mode : {Mode::forward, Mode::socks5}) {
    CAPTURE(static_cast<int>(mode));
    RelayUnderTest relay(options_for(mode));
    for (const std::string_view said : {""sv, "\x05"sv, "CONN"sv}) {
      if (mode == Mode::forward && said == "\x05"sv) continue;
      if (mode == Mode::socks5 && said == "CONN"sv) continue;
      RawPeer client = relay.connect();
      client.send(said);
      client.fin();
      const auto received = client.receive_to_end();
      CHECK(received.bytes.empty());
      CHECK(received.end == End::fin);
    }
    relay.wait_until_nobody_is_open();
    CHECK(relay.reports().count() == 0);
  }
}

TEST_CASE("a time-out for handshakes holds for clients that say nothing") {
  RelayOptions options = options_for(Mode::forward);
  options.listeners.front().timeouts.handshake = std::chrono::milliseconds(100);
  RelayUnderTest relay(options);
  RawPeer client = relay.connect();
  CHECK(client.receive_to_end().end == End::fin);
}

TEST_CASE("who may not be here, and what no firewall led here, is reset") {
  for (const Mode mode : {Mode::forward, Mode::transparent}) {
    CAPTURE(static_cast<int>(mode));
    RelayOptions options = options_for(mode);
    if (mode == Mode::forward) options.listeners.front().access.clients = {"192.0.2.0/24"};
    RelayUnderTest relay(options);
    RawPeer client = relay.connect();
    CHECK(client.receive_to_end().end == End::reset);
    relay.wait_until_nobody_is_open();
    CHECK(relay.reports().count() == 0);
  }
}

TEST_CASE("the proxy does not connect to itself") {
  RelayUnderTest relay(options_for(Mode::forward));
  RawPeer client = relay.connect();
  client.send(connect_request(relay.address()));
  CHECK(client.receive_to_end().bytes.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  client.close();
  CHECK(relay.reports().wait_for(1).front().connect_error == "ELOOP");
}

}  // namespace
}  // namespace lastframe::net
