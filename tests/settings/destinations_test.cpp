#include "settings/destinations.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "settings/reading.h"

namespace lastframe::settings {
namespace {

TEST_CASE("an upstream is one or a list, with TLS or without") {
  const auto upstreams = [](const std::string& text) {
    return settings_from("listeners: [{listen: \":80\", upstream: " + text + "}]\n")
        .relay.listeners.at(0)
        .upstreams;
  };
  using Upstreams = std::vector<net::Upstream>;
  CHECK(upstreams("ws://h") == Upstreams{{net::TcpAddress{"h", 80}}});
  CHECK(upstreams("wss://h") == Upstreams{{net::TcpAddress{"h", 443}, true}});
  CHECK(upstreams("[\"wss://[2001:db8::1]:9001\", unix:/a]") ==
        Upstreams{{net::TcpAddress{"2001:db8::1", 9001}, true}, {net::UnixPath{"/a"}}});
}

TEST_CASE("a route takes each of its conditions, and routes keep the file's order") {
  const auto listener = settings_from(R"(
listeners:
  - listen: :443
    upstream: ws://rest
    routes:
      - {server_name: "*.example", upstream: wss://a}
      - {host: Chat.example, path: /chat/*, upstream: [ws://b, unix:/b]}
      - {host: "::1", upstream: ws://c}
      - {path: /, upstream: ws://d}
)")
                            .relay.listeners.at(0);
  const net::Upstream a{net::TcpAddress{"a", 443}, true};
  const net::Upstream b{net::TcpAddress{"b", 80}};
  const net::Upstream b2{net::UnixPath{"/b"}};
  const net::Upstream c{net::TcpAddress{"c", 80}};
  const net::Upstream d{net::TcpAddress{"d", 80}};
  CHECK(listener.routes == std::vector<net::Route>{{"*.example", "", "", {a}},
                                                   {"", "Chat.example", "/chat/*", {b, b2}},
                                                   {"", "::1", "", {c}},
                                                   {"", "", "/", {d}}});
  CHECK(listener.routes[1].origin.text == "f.yaml:7: listeners[0].routes[1]");
  CHECK(listener.upstreams.size() == 1);
}

TEST_CASE("a listener with routes may go without an upstream for the rest") {
  const auto listener =
      settings_from("listeners: [{listen: \":80\", routes: [{host: h, upstream: ws://h}]}]\n")
          .relay.listeners.at(0);
  CHECK(listener.upstreams.empty());
  CHECK(listener.routes.size() == 1);
}

TEST_CASE("a mistake in a route is told with its line, its key and what would be right") {
  const auto rows = std::to_array<MistakeRow>({
      {"[]"},
      {"[{host: h, upstream: ws://h}]"},
      {"{host: h}", "4: listeners[0].routes: a map of keys stands here; write a list such as ["},
      {"[h]", "4: listeners[0].routes[0]: a single value stands here; write {host:"},
      {"[{hots: h, host: h, upstream: ws://h}]",
       "4: listeners[0].routes[0].hots: this key is not known; did you mean host?"},
      {"[{upstream: ws://h}]",
       "4: listeners[0].routes[0]: a route without a condition would take every connection; add "},
      {"[{host: h}]", "4: listeners[0].routes[0].upstream: this key is missing; write an upstream"},
      {"[{host: h, upstream: []}]", "4: listeners[0].routes[0].upstream: the list is empty"},
      {"[{host: h, upstream: h:1}]", "4: listeners[0].routes[0].upstream: \"h:1\" has no scheme"},
      {"[{host: h, upstream: [ws://h, ws://h/x]}]",
       "4: listeners[0].routes[0].upstream[1]: \"ws://h/x\" has a path"},
      {"[{host: h, upstream: \"ws://127.0.0.1:80\"}]",
       "4: listeners[0].routes[0].upstream: 127.0.0.1:80 is the address of this listener itself"},
      {"[{server_name: 10.0.0.1, upstream: ws://h}]",
       "4: listeners[0].routes[0].server_name: \"10.0.0.1\" is an address, which no client sends; "
       "choose by host or path"},
      {"[{server_name: \"\", upstream: ws://h}]",
       "4: listeners[0].routes[0].server_name: the text is empty; write a name such as"},
      {"[{server_name: , upstream: ws://h}]",
       "4: listeners[0].routes[0].server_name: nothing stands here"},
      {"[{host: \"h:80\", upstream: ws://h}]",
       "4: listeners[0].routes[0].host: \"h:80\" is no host without a port; write chat.example"},
      {"[{path: chat, upstream: ws://h}]",
       "4: listeners[0].routes[0].path: \"chat\" does not begin with a slash; write /chat or"},
      {"[{path: \"/chat?x=1\", upstream: ws://h}]",
       "4: listeners[0].routes[0].path: \"/chat?x=1\" has a query, which does not matter"},
      {"[{path: /chat*, upstream: ws://h}]",
       "4: listeners[0].routes[0].path: \"/chat*\" has a star that is not its last part; write"},
      {"[{path: /*, upstream: ws://h}]"},
      {"[{host: h, upstream: ws://a}, {host: H, upstream: ws://b}]",
       "4: listeners[0].routes[1]: the route in line 4 has the same conditions and comes first; "
       "keep one"},
      {"[{host: h, upstream: ws://a}, {host: h, path: /, upstream: ws://b}]"},
  });
  for (const MistakeRow& row : rows) {
    check_mistakes(with_listener("routes: " + std::string(row.text)), row.said);
  }
}

}  // namespace
}  // namespace lastframe::settings
