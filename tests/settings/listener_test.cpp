#include "settings/listener.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>

#include "settings/reading.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a listener takes each of its keys") {
  const Settings settings = settings_from(R"(
listeners:
  - name: chat-eu
    listen: "[::1]:0"
    upstream: [ws://10.0.0.7:9000, unix:/run/chat.sock]
    mode: reverse
    connect: first_byte
    on_connect_failure: http_502
    source_addresses: [10.0.0.1, "2001:db8::1"]
    keepalive: {idle: 30s, interval: 1s, probes: 127}
    timeouts: {connect: 250ms, handshake: 5s, idle: 168h, tls: 3s}
    proxy_protocol: {accept: true, from: [10.0.0.4], send: v2}
)");
  net::ListenerOptions expected;
  expected.name = "chat-eu";
  expected.listen = net::TcpAddress{"::1", 0};
  expected.upstreams = {{net::TcpAddress{"10.0.0.7", 9000}}, {net::UnixPath{"/run/chat.sock"}}};
  expected.connect = net::ConnectWhen::first_byte;
  expected.on_connect_failure = net::OnConnectFailure::http_502;
  expected.source_addresses = {"10.0.0.1", "2001:db8::1"};
  expected.keepalive = net::KeepAlive{30s, 1s, 127};
  expected.timeouts = net::TimeOuts{250ms, 5s, 168h, 3s};
  expected.proxy_protocol = net::ProxyProtocol{true, {"10.0.0.4"}, net::ProxyHeader::v2};
  REQUIRE(settings.relay.listeners.size() == 1);
  CHECK(settings.relay.listeners[0] == expected);
}

TEST_CASE("a listener without more than its addresses has the defaults") {
  net::ListenerOptions expected;
  expected.name = "default";
  expected.listen = net::TcpAddress{"127.0.0.1", 80};
  expected.upstreams = {{net::TcpAddress{"h", 80}}};
  CHECK(settings_from(with_listener("")).relay.listeners.at(0) == expected);
  CHECK(settings_from(with_listener("timeouts: {connect: off, handshake: off, idle: off}"))
            .relay.listeners.at(0) == expected);
  CHECK(settings_from(with_listener("keepalive: {}")).relay.listeners.at(0) == expected);
  expected.keepalive.reset();
  CHECK(settings_from(with_listener("keepalive: off")).relay.listeners.at(0) == expected);
}

TEST_CASE("the time-out of TLS handshakes is on until it is switched off") {
  const auto time_outs = [](std::string_view line) {
    return settings_from(with_listener(line)).relay.listeners.at(0).timeouts;
  };
  const net::TimeOuts off{.connect = {}, .handshake = {}, .idle = {}, .tls = {}};
  CHECK(time_outs("") == net::TimeOuts{.connect = {}, .handshake = {}, .idle = {}, .tls = 10s});
  CHECK(time_outs("timeouts: {connect: off}").tls == 10s);
  CHECK(time_outs("timeouts: {tls: 250ms}").tls == 250ms);
  CHECK(time_outs("timeouts: {tls: off}") == off);
  CHECK(time_outs("timeouts: off") == off);
}

TEST_CASE("a mistake in a listener is told with its line, its key and what would be right") {
  const std::string name64(64, 'n');
  const std::string longest = "name: " + name64;
  const std::string longer = "name: n" + name64;
  const auto rows = std::to_array<MistakeRow>({
      {longest},
      {longer, "4: listeners[0].name: \"nnn"},
      {"name: chat/eu:1"},
      {"name: a b", "4: listeners[0].name: \"a b\" is not a name; write at most 64"},
      {"name: \"a\\nb\"", "4: listeners[0].name: \"a\\x0ab\" is not a name"},
      {"name: 5", "4: listeners[0].name: 5 is a number, not a text"},
      {"name:", "4: listeners[0].name: nothing stands here"},
      {"nmae: a", "4: listeners[0].nmae: this key is not known; did you mean name?"},
      {"listen: :1", "4: listeners[0].listen: this key is already in line 2; keep one of the two"},
      {"mode: sideways",
       "4: listeners[0].mode: \"sideways\" is not known here; write one of reverse"},
      {"connect: accept"},
      {"connect: first-byte",
       "4: listeners[0].connect: \"first-byte\" is not known here; did you mean "
       "first_byte?"},
      {"on_connect_failure: cry", "4: listeners[0].on_connect_failure: \"cry\" is not known here"},
      {"source_addresses: []"},
      {"source_addresses: 10.0.0.1",
       "4: listeners[0].source_addresses: a single value stands here"},
      {"source_addresses: [10.0.0.1, localhost]",
       "4: listeners[0].source_addresses[1]: \"localhost\" is not a numeric address"},
      {"source_addresses: [\"10.0.0.1:80\"]",
       "4: listeners[0].source_addresses[0]: \"10.0.0.1:80\""},
      {"keepalive: on",
       "4: listeners[0].keepalive: a single value stands here; write off, or keys"},
      {"keepalive: {idle: 1s, interval: 32767s, probes: 1}"},
      {"keepalive: {idle: 0s}", "4: listeners[0].keepalive.idle: 0s is out of range"},
      {"keepalive: {interval: 32768s}",
       "4: listeners[0].keepalive.interval: 32768s is out of range"},
      {"keepalive: {idle: 1500ms}",
       "4: listeners[0].keepalive.idle: the kernel counts this in whole"},
      {"keepalive: {probes: 0}", "4: listeners[0].keepalive.probes: 0 is out of range"},
      {"keepalive: {probes: 128}", "4: listeners[0].keepalive.probes: 128 is out of range"},
      {"keepalive: {probe: 1}",
       "4: listeners[0].keepalive.probe: this key is not known; did you mean"},
      {"timeouts: {idle: 1ms}"},
      {"timeouts: {idle: 0s}",
       "4: listeners[0].timeouts.idle: 0s is out of range; write a time from 1ms"},
      {"timeouts: {connect: 169h}", "4: listeners[0].timeouts.connect: 169h is out of range"},
      {"timeouts: {handshake: 5}", "4: listeners[0].timeouts.handshake: \"5\" has no unit"},
      {"timeouts: [5s]", "4: listeners[0].timeouts: a list stands here"},
      {"proxy_protocol: {accept: true}"},
      {"proxy_protocol: {send: v1}"},
      {"proxy_protocol: {accept: true, from: [10.0.0.5, \"2001:db8::/32\"]}"},
      {"proxy_protocol: {accept: true, from: []}"},
      {"proxy_protocol: {accept: true, from: [lb.example]}",
       "4: listeners[0].proxy_protocol.from[0]: \"lb.example\" has no numeric address"},
      {"proxy_protocol: {from: [10.0.0.5]}",
       "4: listeners[0].proxy_protocol.from: no PROXY headers are accepted here; write accept: "
       "true"},
      {"proxy_protocol: {accept: 1}",
       "4: listeners[0].proxy_protocol.accept: \"1\" is not true or false"},
      {"proxy_protocol: {send: v3}",
       "4: listeners[0].proxy_protocol.send: \"v3\" is not known here; write one of off, v1, v2"},
      {"proxy_protocol: off", "4: listeners[0].proxy_protocol: a single value stands here"},
  });
  for (const MistakeRow& row : rows) check_mistakes(with_listener(row.text), row.said);
}

TEST_CASE("each mode can be named, and forms of the PROXY protocol") {
  const auto listener = [](const std::string& keys) {
    return settings_from("listeners: [{listen: \"127.0.0.1:80\", " + keys + "}]\n")
        .relay.listeners.at(0);
  };
  CHECK(listener("upstream: ws://h").mode == net::Mode::reverse);
  CHECK(listener("upstream: ws://h, mode: reverse").mode == net::Mode::reverse);
  CHECK(listener("mode: forward").mode == net::Mode::forward);
  CHECK(listener("mode: transparent").mode == net::Mode::transparent);
  CHECK(listener("mode: tproxy").mode == net::Mode::tproxy);
  CHECK(listener("mode: socks5").mode == net::Mode::socks5);
  CHECK(listener("mode: forward").upstreams.empty());
  CHECK(listener("mode: tproxy, client_address: true").has_clients_address);
  CHECK(listener("upstream: ws://h, proxy_protocol: {send: v1}").proxy_protocol ==
        net::ProxyProtocol{false, {}, net::ProxyHeader::v1});
}

TEST_CASE("messages of later loading name the line of what they are about") {
  const auto listener = settings_from(
                            "listeners:\n"
                            "  - listen: :80\n"
                            "    upstream: wss://h\n")
                            .relay.listeners.at(0);
  CHECK(listener.origin.text == "f.yaml:2: listeners[0].listen");
  CHECK(listener.upstream_tls.origin.text == "f.yaml:2: listeners[0]");
}

TEST_CASE("a mistake in an address is told with its line, its key and what would be right") {
  const auto rows = std::to_array<MistakeRow>({
      {"{listen: :80, upstream: ws://h}"},
      {"{listen: :80, upstream: [ws://h]}"},
      {"{listen: :80}",
       "1: listeners[0].upstream: this key is missing; write an upstream such as ws://"},
      {"{upstream: ws://h}",
       "1: listeners[0].listen: this key is missing; write an address such as"},
      {"{listen: 8080, upstream: ws://h}",
       "1: listeners[0].listen: \"8080\" is not an address with a port"},
      {"{listen: [a], upstream: ws://h}", "1: listeners[0].listen: a list stands here"},
      {"{listen: , upstream: ws://h}", "1: listeners[0].listen: nothing stands here"},
      {"{listen: :80, upstream: ws://h/chat}",
       "1: listeners[0].upstream: \"ws://h/chat\" has a path, but request targets pass unchanged"},
      {"{listen: :80, upstream: wss://h}"},
      {"{listen: :80, upstream: []}",
       "1: listeners[0].upstream: the list is empty; write an upstream"},
      {"{listen: :80, upstream: [ws://h, 5]}", "1: listeners[0].upstream[1]: \"5\" has no scheme"},
      {"{listen: :80, upstream: {a: b}}", "1: listeners[0].upstream: a map of keys stands here"},
      {"{listen: :80, upstream: ws://127.0.0.1:80}",
       "1: listeners[0].upstream: 127.0.0.1:80 is the address of this listener itself"},
      {"{listen: :80, upstream: ws://127.0.0.1:81}"},
      {"text", "1: listeners[0]: a single value stands here; write keys such as {listen:"},
      {"", "1: listeners: the list is empty"},
  });
  for (const MistakeRow& row : rows) {
    check_mistakes("listeners: [" + std::string(row.text) + "]\n", row.said);
  }
}

}  // namespace
}  // namespace lastframe::settings
