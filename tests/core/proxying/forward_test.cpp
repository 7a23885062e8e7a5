#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/proxying/negotiation.h"
#include "support/negotiated.h"
#include "support/splits.h"

namespace lastframe::proxying {
namespace {

using State = Negotiation::State;

const std::vector<std::string> kNone;
const std::vector<std::string> kAladdin{"bob:other", "Aladdin:open sesame"};
constexpr std::string_view kAsk =
    "HTTP/1.1 407 Proxy Authentication Required\r\n"
    "Proxy-Authenticate: Basic realm=\"lastframe\"\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 48\r\n\r\n"
    "This proxy asks for a user name and a password.\n";

// The whole negotiation, which is the same at every split.
test::Negotiated at_every_split(std::string_view bytes,
                                const std::vector<std::string>& credentials) {
  test::Negotiated first;
  test::at_every_split(bytes, [&](const test::Split& split) {
    CAPTURE(split.name);
    const auto negotiation = forward_negotiation(credentials);
    const test::Negotiated all = test::negotiated(*negotiation, split);
    if (split.parts.size() == 1) first = all;
    CHECK(all == first);
  });
  return first;
}

std::string shown(const Destination& destination) {
  return destination.host + " " + std::to_string(destination.port);
}

std::string status(std::string_view answer) {
  return std::string(answer.starts_with("HTTP/1.1 ") ? answer.substr(9, 3) : answer);
}

TEST_CASE("CONNECT asks for a tunnel (RFC 9110 section 9.3.6)") {
  struct Row {
    std::string_view name;
    std::string_view head;
    std::string_view destination;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"the example of the RFC",
       "CONNECT server.example.com:80 HTTP/1.1\r\nHost: server.example.com\r\n\r\n",
       "server.example.com 80"},
      {"HTTP/1.0", "CONNECT chat.example:443 HTTP/1.0\r\n\r\n", "chat.example 443"},
      {"IPv4", "CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n", "192.0.2.1 443"},
      {"IPv6", "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", "2001:db8::1 443"},
      {"any fields",
       "CONNECT chat.example:443 HTTP/1.1\r\nProxy-Connection: keep-alive\r\nContent-Length: "
       "3\r\nProxy-Authorization: Bearer x\r\n\r\n",
       "chat.example 443"},
      {"LF alone (RFC 9112 section 2.2)", "CONNECT chat.example:443 HTTP/1.1\nA: 1\n\n",
       "chat.example 443"},
      {"an empty line before (RFC 9112 section 2.2)",
       "\r\nCONNECT chat.example:443 HTTP/1.1\r\n\r\n", "chat.example 443"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    for (const std::string_view behind : {"", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n"}) {
      const auto all = at_every_split(std::string(row.head).append(behind), kNone);
      CHECK(all.state == State::asks);
      CHECK(shown(all.destination) == row.destination);
      CHECK(all.answers.empty());
      CHECK(all.passed_on.empty());
      CHECK(all.rest == behind);
    }
  }
}

TEST_CASE("a request for a whole URL goes on in origin-form (RFC 9112 section 3.2)") {
  struct Row {
    std::string_view name;
    std::string_view head;
    std::string_view destination;
    std::string_view passed_on;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"a WebSocket's handshake",
       "GET ws://chat.example/chat?a=1&b HTTP/1.1\r\nHost: chat.example\r\nUpgrade: "
       "websocket\r\nProxy-Connection: keep-alive\r\nConnection: Upgrade\r\n\r\n",
       "chat.example 80",
       "GET /chat?a=1&b HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: "
       "Upgrade\r\n\r\n"},
      {"a port", "GET http://chat.example:8080/ HTTP/1.1\r\n\r\n", "chat.example 8080",
       "GET / HTTP/1.1\r\nHost: chat.example:8080\r\nConnection: close\r\n\r\n"},
      {"an empty port", "GET http://chat.example:/ HTTP/1.1\r\n\r\n", "chat.example 80",
       "GET / HTTP/1.1\r\nHost: chat.example:\r\nConnection: close\r\n\r\n"},
      {"IPv6", "GET http://[::1]:8080/a HTTP/1.1\r\n\r\n", "::1 8080",
       "GET /a HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: close\r\n\r\n"},
      {"no path (section 3.2.1)", "GET http://chat.example HTTP/1.1\r\n\r\n", "chat.example 80",
       "GET / HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"},
      {"a query without a path", "GET http://chat.example?a=/b HTTP/1.1\r\n\r\n", "chat.example 80",
       "GET /?a=/b HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"},
      {"OPTIONS without a path (section 3.2.4)",
       "OPTIONS http://www.example.org:8001 HTTP/1.1\r\n\r\n", "www.example.org 8001",
       "OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\nConnection: close\r\n\r\n"},
      {"a URL in the query", "GET http://chat.example/?u=http://me@other.example/ HTTP/1.1\r\n\r\n",
       "chat.example 80",
       "GET /?u=http://me@other.example/ HTTP/1.1\r\nHost: chat.example\r\nConnection: "
       "close\r\n\r\n"},
      {"a scheme in capitals", "GET HTTP://chat.example/A HTTP/1.0\r\n\r\n", "chat.example 80",
       "GET /A HTTP/1.0\r\nHost: chat.example\r\nConnection: close\r\n\r\n"},
      {"what is for us goes, all else stays as it came",
       "POST http://chat.example/ HTTP/1.1\r\nB:  1 \r\nproxy-authorization: Basic\r\n x\r\n\ty\r\n"
       "A: 2\n folded\r\nProxy-Authorization : z\r\nPROXY-CONNECTION:close\r\n"
       "Proxy-Authorization-Not: 3\r\nhOST:other.example\r\n\r\n",
       "chat.example 80",
       "POST / HTTP/1.1\r\nHost: chat.example\r\nB:  1 \r\nA: 2\n "
       "folded\r\nProxy-Authorization-Not: 3\r\n"
       "Connection: close\r\n\r\n"},
      {"the last field", "GET http://chat.example/ HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n",
       "chat.example 80", "GET / HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"},
      {"blanks in the request line", "GET  http://chat.example/a b  HTTP/1.1\r\n\r\n",
       "chat.example 80", "GET  /a b  HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"},
      {"LF alone", "GET http://chat.example/ HTTP/1.1\nA: 1\n\n", "chat.example 80",
       "GET / HTTP/1.1\nHost: chat.example\nA: 1\nConnection: close\n\n"},
      {"a Host of its own stays as it is written",
       "GET http://chat.example:80/ HTTP/1.1\r\nA: 1\r\nhost:  CHAT.example \r\n\r\n",
       "chat.example 80",
       "GET / HTTP/1.1\r\nA: 1\r\nhost:  CHAT.example \r\nConnection: close\r\n\r\n"},
      {"another Host is replaced (section 3.2.2)",
       "GET ws://chat.example/ HTTP/1.1\r\nUpgrade: websocket\r\nHost: other.example\r\n"
       "A: 1\r\n\r\n",
       "chat.example 80",
       "GET / HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nA: 1\r\n\r\n"},
      {"another port is another Host",
       "GET ws://chat.example:8080/ HTTP/1.1\r\nUpgrade: websocket\r\nHost: chat.example\r\n\r\n",
       "chat.example 8080",
       "GET / HTTP/1.1\r\nHost: chat.example:8080\r\nUpgrade: websocket\r\n\r\n"},
      {"of two Hosts none counts",
       "GET ws://chat.example/ HTTP/1.1\r\nHost: chat.example\r\nHost: other.example\r\n"
       "Upgrade: websocket\r\n\r\n",
       "chat.example 80", "GET / HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n\r\n"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const auto all = at_every_split(std::string(row.head).append("body"), kNone);
    CHECK(all.state == State::asks);
    CHECK(shown(all.destination) == row.destination);
    CHECK(all.answers.empty());
    CHECK(all.passed_on == row.passed_on);
    CHECK(all.rest == "body");
  }
}

TEST_CASE("where no WebSocket is asked for, the server is told to end the connection") {
  struct Row {
    std::string_view name;
    std::string_view fields;
    std::string_view passed_on;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"nothing is said", "A: 1\r\n", "A: 1\r\nConnection: close\r\n"},
      {"keep-alive", "connection: Keep-Alive\r\nA: 1\r\n", "A: 1\r\nConnection: close\r\n"},
      {"close", "Connection: CLOSE\r\n", "Connection: close\r\n"},
      {"other options stay (RFC 9110 section 7.6.1)",
       "Connection: keep-alive, TE\r\nTE: trailers\r\nConnection: X-Hop\r\nX-Hop: 1\r\n",
       "TE: trailers\r\nX-Hop: 1\r\nConnection: close, TE, X-Hop\r\n"},
      {"a folded field (RFC 9112 section 5.2)", "Connection: TE,\r\n  keep-alive\r\nA: 1\r\n",
       "A: 1\r\nConnection: close, TE\r\n"},
      {"what is no option", "Connection: a b, \"c\"\r\n", "Connection: close\r\n"},
      {"an upgrade to something else (RFC 9110 section 7.8)",
       "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
       "Upgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: close, Upgrade, HTTP2-Settings\r\n"},
      {"a WebSocket", "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n",
       "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"},
      {"a WebSocket, its Upgrade lost", "Connection: keep-alive\r\nSec-WebSocket-Key: x\r\n",
       "Connection: keep-alive\r\nSec-WebSocket-Key: x\r\n"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const auto all = at_every_split("GET http://chat.example/ HTTP/1.1\r\nHost: chat.example\r\n" +
                                        std::string(row.fields) + "\r\n",
                                    kNone);
    CHECK(all.passed_on ==
          "GET / HTTP/1.1\r\nHost: chat.example\r\n" + std::string(row.passed_on) + "\r\n");
  }
}

TEST_CASE("what cannot be served is refused with a word on why") {
  struct Row {
    std::string_view name;
    std::string bytes;
    std::string_view status;
    std::string_view fault;
  };
  constexpr std::string_view kOrigin =
      "This is a forward proxy: it serves CONNECT host:port and requests for whole URLs "
      "(http://host/path), not paths of its own.";
  const auto rows = std::to_array<Row>({
      {"origin-form", "GET /chat HTTP/1.1\r\nHost: chat.example\r\n\r\n", "400", kOrigin},
      {"asterisk-form", "OPTIONS * HTTP/1.1\r\n\r\n", "400", kOrigin},
      {"authority-form", "GET chat.example:80 HTTP/1.1\r\n\r\n", "400", kOrigin},
      {"https", "GET https://chat.example/ HTTP/1.1\r\n\r\n", "400",
       "A forward proxy is asked for https:// by CONNECT host:port."},
      {"wss", "GET WSS://chat.example/ HTTP/1.1\r\n\r\n", "400",
       "A forward proxy is asked for wss:// by CONNECT host:port."},
      {"ftp", "GET ftp://files.example/ HTTP/1.1\r\n\r\n", "400",
       "This proxy serves no scheme but http and ws, and CONNECT."},
      {"CONNECT without a port", "CONNECT chat.example HTTP/1.1\r\n\r\n", "400",
       "The target of CONNECT names no port."},
      {"CONNECT with an empty port", "CONNECT chat.example: HTTP/1.1\r\n\r\n", "400",
       "The target of CONNECT names no port."},
      {"CONNECT for a URL", "CONNECT http://chat.example/ HTTP/1.1\r\n\r\n", "400",
       "The target of CONNECT has no port from 1 to 65535."},
      {"CONNECT with a user", "CONNECT me@chat.example:443 HTTP/1.1\r\n\r\n", "400",
       "The target of CONNECT names a user."},
      {"a URL with a user", "GET http://me:secret@chat.example/ HTTP/1.1\r\n\r\n", "400",
       "The request's URL names a user."},
      {"a URL without a host", "GET http:///chat HTTP/1.1\r\n\r\n", "400",
       "The request's URL names no host."},
      {"a backslash", "GET http://chat.example\\@other.example/ HTTP/1.1\r\n\r\n", "400",
       "The request's URL names a user."},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505",
       "This proxy speaks HTTP/1.1 and HTTP/1.0."},
      {"a version that is none", "GET http://chat.example/ HTTP/x\r\n\r\n", "400",
       "This is no request."},
      {"HTTP/0.9", "GET http://chat.example/\r\n", "400", "This is no request of HTTP/1.1."},
      {"another protocol", "EHLO example\r\n", "400", "This is no request of HTTP/1.1."},
      {"TLS", "\x16\x03\x01\x02", "", "the client speaks TLS, and this is an HTTP proxy"},
      {"SOCKS4", "\x04\x01\x01\xbb", "", "the client speaks SOCKS, and this is an HTTP proxy"},
      {"SOCKS5", "\x05\x01", "", "the client speaks SOCKS, and this is an HTTP proxy"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto all = at_every_split(row.bytes, kNone);
    CHECK(all.state == State::refused);
    CHECK(status(all.answers) == row.status);
    CHECK(all.fault == row.fault);
    if (all.answers.empty()) continue;
    CHECK(all.answers.contains("\r\nConnection: close\r\n"));
    CHECK(all.answers.ends_with("\r\n\r\n" + std::string(row.fault) + "\n"));
  }
}

TEST_CASE("a head is taken up to 64 KiB, whatever its parts") {
  const std::string start = "CONNECT chat.example:443 HTTP/1.1\r\nA: ";
  const std::string fitting =
      start + std::string(kLongestRequest - start.size() - 4, 'x') + "\r\n\r\n";
  const std::string too_long = start + std::string(kLongestRequest, 'x');
  for (const std::size_t part : {1UL, 1000UL, 4096UL, fitting.size()}) {
    CAPTURE(part);
    const auto good = forward_negotiation(kNone);
    CHECK(test::negotiated(*good, test::in_parts_of(fitting, part)).state == State::asks);
    const auto bad = forward_negotiation(kNone);
    const auto all = test::negotiated(*bad, test::in_parts_of(too_long, part));
    CHECK(all.state == State::refused);
    CHECK(status(all.answers) == "431");
  }
}

TEST_CASE("where credentials are set they are asked for, on the same connection") {
  const std::string request = "CONNECT chat.example:443 HTTP/1.1\r\n";
  // RFC 7617 section 2.
  const std::string known =
      request + "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
  const std::string wrong = request + "Proxy-Authorization: Basic QWxhZGRpbjpvcGVu\r\n\r\n";
  SUBCASE("shown at once") {
    const auto all = at_every_split(known + "rest", kAladdin);
    CHECK(all.state == State::asks);
    CHECK(all.answers.empty());
    CHECK(all.rest == "rest");
  }
  SUBCASE("shown when asked for") {
    const auto all = at_every_split(request + "\r\n" + wrong + known + "rest", kAladdin);
    CHECK(all.state == State::asks);
    CHECK(all.answers == std::string(kAsk) + std::string(kAsk));
    CHECK(shown(all.destination) == "chat.example 443");
    CHECK(all.rest == "rest");
  }
  SUBCASE("not shown yet") {
    const auto all = at_every_split(request + "\r\n", kAladdin);
    CHECK(all.state == State::needs_more);
    CHECK(all.answers == kAsk);
  }
  SUBCASE("shown for a whole URL, and not passed on") {
    const auto all = at_every_split(
        "GET http://chat.example/ HTTP/1.1\r\nProxy-Authorization: Basic "
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n",
        kAladdin);
    CHECK(all.state == State::asks);
    CHECK(all.passed_on == "GET / HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n");
  }
  SUBCASE("guessed too often") {
    std::string guesses;
    for (int i = 0; i < 9; ++i) guesses += wrong;
    const auto negotiation = forward_negotiation(kAladdin);
    const auto all = test::negotiated(*negotiation, test::whole(guesses));
    CHECK(all.state == State::refused);
    CHECK(all.fault == "the user name or the password is wrong");
    CHECK(all.answers.contains("\r\nConnection: close\r\n"));
  }
}

TEST_CASE("a client that cannot try again on its connection is told so") {
  struct Row {
    std::string_view name;
    std::string_view head;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"HTTP/1.0", "CONNECT chat.example:443 HTTP/1.0\r\n\r\n"},
      {"Connection: close", "CONNECT chat.example:443 HTTP/1.1\r\nConnection: close\r\n\r\n"},
      {"Proxy-Connection: close",
       "CONNECT chat.example:443 HTTP/1.1\r\nProxy-Connection: Close\r\n\r\n"},
      {"a body", "POST http://chat.example/ HTTP/1.1\r\nContent-Length: 3\r\n\r\n"},
      {"a chunked body",
       "POST http://chat.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"lengths that contradict",
       "POST http://chat.example/ HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 3\r\n\r\n"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const auto all = at_every_split(row.head, kAladdin);
    CHECK(all.state == State::refused);
    CHECK(status(all.answers) == "407");
    CHECK(all.answers.contains("\r\nConnection: close\r\n"));
    CHECK(all.fault == "the client shows no user name and password");
  }
}

TEST_CASE("the end of the way is told in HTTP's words (RFC 9110 section 15, RFC 9209)") {
  struct Row {
    Refusal refusal;
    std::string_view status;
    std::string_view error;
    std::string_view body;
  };
  constexpr auto kRows = std::to_array<Row>({
      {Refusal::not_allowed, "403 Forbidden", "http_request_denied",
       "The rules of this proxy do not lead to [::1]:443.\n"},
      {Refusal::name_not_resolved, "502 Bad Gateway", "dns_error",
       "No address was found for [::1]:443.\n"},
      {Refusal::refused, "502 Bad Gateway", "connection_refused",
       "A connection was refused by [::1]:443.\n"},
      {Refusal::unreachable, "502 Bad Gateway", "destination_ip_unroutable",
       "There is no route to [::1]:443.\n"},
      {Refusal::timed_out, "504 Gateway Timeout", "connection_timeout",
       "No connection came about in time to [::1]:443.\n"},
      {Refusal::tls_failed, "502 Bad Gateway", "tls_protocol_error",
       "TLS could not be agreed on with [::1]:443.\n"},
      {Refusal::other, "502 Bad Gateway", "destination_unavailable",
       "No connection came about to [::1]:443.\n"},
  });
  const auto tunnel = forward_negotiation(kNone);
  test::negotiated(*tunnel, test::whole("CONNECT [::1]:443 HTTP/1.1\r\n\r\n"));
  CHECK(tunnel->succeeded() == "HTTP/1.1 200 Connection established\r\n\r\n");
  const auto url = forward_negotiation(kNone);
  test::negotiated(*url, test::whole("HEAD http://[::1]:443/ HTTP/1.1\r\n\r\n"));
  CHECK(url->succeeded().empty());
  for (const Row& row : kRows) {
    CAPTURE(row.error);
    const std::string head = "HTTP/1.1 " + std::string(row.status) +
                             "\r\nProxy-Status: lastframe; error=" + std::string(row.error) +
                             "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
                             std::to_string(row.body.size()) + "\r\nConnection: close\r\n\r\n";
    CHECK(tunnel->failed(row.refusal) == head + std::string(row.body));
    CHECK(url->failed(row.refusal) == head);  // RFC 9110 section 9.3.2: HEAD has no content
  }
}

}  // namespace
}  // namespace lastframe::proxying
