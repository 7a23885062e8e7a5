#include "core/proxying/route.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "support/splits.h"

namespace lastframe::proxying {
namespace {

using State = FirstRequest::State;

TEST_CASE("a route holds where all that it asks for does") {
  struct Row {
    std::string_view name;
    RoutePattern pattern;
    RouteKey key;
    bool holds;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"nothing asked for", {"", "", ""}, {"", "", ""}, true},
      {"nothing asked for, all known", {"", "", ""}, {"a.example", "b.example", "/"}, true},
      {"server name", {"chat.example", "", ""}, {"CHAT.example", "", ""}, true},
      {"another server name", {"chat.example", "", ""}, {"www.example", "chat.example", ""}, false},
      {"no server name", {"*.example", "", ""}, {"", "", ""}, false},
      {"every server name", {"*", "", ""}, {"", "", ""}, true},
      {"server names under one", {"*.example", "", ""}, {"chat.example", "", ""}, true},
      {"host", {"", "Chat.Example", ""}, {"", "chat.example", "/"}, true},
      {"hosts under one", {"", "*.example", ""}, {"", "a.b.example.", "/"}, true},
      {"another host", {"", "chat.example", ""}, {"chat.example", "www.example", ""}, false},
      {"IPv6 in brackets", {"", "[2001:DB8::1]", ""}, {"", "2001:db8:0::1", "/"}, true},
      {"IPv6 without", {"", "2001:db8::1", ""}, {"", "[2001:db8::1]", "/"}, true},
      {"another address", {"", "[2001:db8::1]", ""}, {"", "2001:db8::2", "/"}, false},
      {"path", {"", "", "/chat"}, {"", "", "/chat"}, true},
      {"path with a query", {"", "", "/chat"}, {"", "", "/chat?room=1"}, true},
      {"path with more", {"", "", "/chat"}, {"", "", "/chat/1"}, false},
      {"path with a slash", {"", "", "/chat"}, {"", "", "/chat/"}, false},
      {"path in another case", {"", "", "/chat"}, {"", "", "/Chat"}, false},
      {"path that is encoded", {"", "", "/chat"}, {"", "", "/ch%61t"}, false},
      {"paths below", {"", "", "/chat/*"}, {"", "", "/chat/1/2?a"}, true},
      {"paths below, the last slash alone", {"", "", "/chat/*"}, {"", "", "/chat/"}, true},
      {"paths below, itself", {"", "", "/chat/*"}, {"", "", "/chat?a=/chat/"}, true},
      {"paths below, a longer name", {"", "", "/chat/*"}, {"", "", "/chats"}, false},
      {"paths below, in a query alone", {"", "", "/chat/*"}, {"", "", "/?/chat/"}, false},
      {"every path", {"", "", "/*"}, {"", "", "/"}, true},
      {"every path, deep", {"", "", "/*"}, {"", "", "/a/b"}, true},
      {"every path, and none known", {"", "", "/*"}, {"", "", ""}, false},
      {"all three", {"*.example", "chat.example", "/*"}, {"a.example", "chat.example", "/"}, true},
      {"two of three",
       {"*.example", "chat.example", "/a"},
       {"a.example", "chat.example", "/"},
       false},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(holds(row.pattern, row.key) == row.holds);
  }
}

TEST_CASE("a pattern that could never hold is a mistake") {
  struct Row {
    RoutePattern pattern;
    std::string_view error;  // empty: none
  };
  constexpr auto kRows = std::to_array<Row>({
      {{"", "", ""}, ""},
      {{"*", "*", "/*"}, ""},
      {{"*.example", "192.0.2.1", "/"}, ""},
      {{"", "[2001:db8::1]", "/chat/*"}, ""},
      {{"", "2001:db8::1", "/a*b/*"},
       "path: \"/a*b/*\" has a star that is not its last part; "
       "write /chat/*"},
      {{"", "", "/chat*"}, "path: \"/chat*\" has a star that is not its last part; write /chat/*"},
      {{"", "", "chat"}, "path: \"chat\" does not begin with a slash; write /chat or /chat/*"},
      {{"", "", "*"}, "path: \"*\" does not begin with a slash; write /chat or /chat/*"},
      {{"", "", "/chat?a=1"},
       "path: \"/chat?a=1\" has a query, which does not matter; write its path alone"},
      {{"", "chat.example:443", ""},
       "host: \"chat.example:443\" is no host without a port; write chat.example, *.example, "
       "192.0.2.1 or [2001:db8::1]"},
      {{"192.0.2.1", "", ""},
       "server_name: \"192.0.2.1\" is an address, which no client sends; choose by host or path"},
      {{"[::1]", "", ""},
       "server_name: \"[::1]\" is an address, which no client sends; choose by host or path"},
      {{"chat.*", "", ""}, "server_name: \"chat.*\" is no name; write chat.example or *.example"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.error);
    const auto error = mistake_in(row.pattern);
    CHECK((error ? to_text(*error) : "") == row.error);
  }
}

// "HOST PATH", or what else came of it.
std::string shown(const FirstRequest& request) {
  switch (request.state) {
    case State::incomplete:
      return "...";
    case State::complete:
      return request.host + " " + request.path;
    case State::not_http:
      return "not http";
    case State::too_long:
      return "too long";
  }
  return {};
}

std::string outcome(const test::Split& split) {
  std::string stream;
  for (const std::string_view part : split.parts) {
    stream += part;
    const std::vector<char> copy(stream.begin(), stream.end());
    const auto request = first_request(as_bytes({copy.data(), copy.size()}));
    if (request.state != State::incomplete) return shown(request);
  }
  return "...";
}

TEST_CASE("host and path of the first request are read at every split (RFC 9112 section 3.2)") {
  struct Row {
    std::string_view name;
    std::string_view bytes;
    std::string_view expected;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"origin-form", "GET /chat?a=1 HTTP/1.1\r\nHost: Chat.Example:8080\r\n\r\nmore",
       "Chat.Example /chat"},
      {"no Host (HTTP/1.0)", "GET /chat HTTP/1.0\r\n\r\n", " /chat"},
      {"two Hosts", "GET / HTTP/1.1\r\nhost: a.example\r\nHost: b.example\r\n\r\n", "a.example /"},
      {"IPv6", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "2001:db8::1 /"},
      {"a broken bracket", "GET / HTTP/1.1\r\nHost: [2001\r\n\r\n", "2001 /"},
      {"a bracket alone", "GET / HTTP/1.1\r\nHost: [\r\n\r\n", " /"},
      {"absolute-form goes before Host (section 3.2.2)",
       "GET http://me@a.example:80/chat#x HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example /chat"},
      {"absolute-form without a path", "GET ws://a.example?x=/y HTTP/1.1\r\n\r\n", "a.example /"},
      {"a URL in a path", "GET /http://a.example/ HTTP/1.1\r\n\r\n", " /http://a.example/"},
      {"asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example *"},
      {"authority-form", "CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example "},
      {"LF alone", "GET / HTTP/1.1\nHost: a.example\n\n", "a.example /"},
      {"empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example /"},
      {"incomplete", "GET / HTTP/1.1\r\nHost: a.example\r\n", "..."},
      {"nothing", "", "..."},
      {"TLS", "\x16\x03\x01", "not http"},
      {"a WebSocket frame", "\x81\x05Hello", "not http"},
      {"another protocol", "EHLO example\r\n", "not http"},
      {"a version that is none", "GET / HTTP/x\r\n\r\n", "not http"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(outcome(split) == row.expected);
    });
  }
}

TEST_CASE("a first head of more than 64 KiB is too long, and not waited for") {
  const std::string start = "GET / HTTP/1.1\r\nA: ";
  const std::string fitting =
      start + std::string(kLongestFirstRequest - start.size() - 4, 'x') + "\r\n\r\n";
  CHECK(outcome(test::whole(fitting)) == " /");
  CHECK(outcome(test::in_parts_of(fitting, 1000)) == " /");
  const std::string endless = start + std::string(kLongestFirstRequest, 'x');
  CHECK(outcome(test::whole(endless)) == "too long");
  CHECK(outcome(test::in_parts_of(endless, 1000)) == "too long");
  CHECK(outcome(test::whole(endless.substr(0, kLongestFirstRequest))) == "too long");
  CHECK(outcome(test::whole(endless.substr(0, kLongestFirstRequest - 1))) == "...");
}

}  // namespace
}  // namespace lastframe::proxying
