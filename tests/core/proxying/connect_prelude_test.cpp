#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/proxying/prelude.h"
#include "support/spectated.h"

namespace lastframe::proxying {
namespace {

using State = Prelude::State;
using test::down;
using test::Spectated;
using test::Turn;
using test::up;

const std::string kAsked = "CONNECT chat.example:443 HTTP/1.1\r\nHost: chat.example:443\r\n\r\n";
const std::string kGranted = "HTTP/1.1 200 Connection established\r\n\r\n";
const std::string kUnauthorized =
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nno!\n";

void check(const std::vector<Turn>& turns, const Spectated& expected) {
  test::at_every_cut(connect_prelude, turns, [&](const Spectated& seen) {
    CHECK(seen.state == expected.state);
    CHECK(seen.destination == expected.destination);
    CHECK(seen.error == expected.error);
    CHECK(seen.rest == expected.rest);
  });
}

Spectated over(std::string up, std::string down, std::string error = "") {
  return {.state = State::over,
          .client = {},
          .destination = "chat.example:443",
          .error = std::move(error),
          .rest = {std::move(up), std::move(down)}};
}

Spectated refused(std::string error) {
  return {.state = State::refused,
          .client = {},
          .destination = "chat.example:443",
          .error = std::move(error),
          .rest = {}};
}

TEST_CASE("behind the 2xx both directions are the connection's own") {
  check({up(kAsked), down(kGranted)}, over("", ""));
  check({up(kAsked), down(kGranted + "220 hello"), up("EHLO")}, over("EHLO", "220 hello"));
  check({up(kAsked), down("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204 \r\n\r\nhello")},
        over("", "hello"));
}

TEST_CASE("what the client sends before the answer stays in its order") {
  check({up(kAsked + "early"), down(kGranted + "late")}, over("early", "late"));
  check({up(kAsked), up("early"), down(kGranted), up(" bird")}, over("early bird", ""));
}

TEST_CASE("another try may come behind a refusal, on the same connection") {
  const std::string error = "the proxy answered CONNECT with 407: it wants other credentials";
  check({up(kAsked), down(kUnauthorized)}, refused(error));
  check({up(kAsked), down(kUnauthorized), up(kAsked + "x"), down(kGranted + "y")},
        over("x", "y", error));
  check({up(kAsked), down(kUnauthorized), up(kAsked), down(kUnauthorized), up(kAsked),
         down(kGranted)},
        over("", "", error));
  // A body in chunks ends where it says.
  const std::string chunked =
      "HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";
  check({up(kAsked), down(chunked), up(kAsked), down(kGranted)}, over("", "", error));
}

TEST_CASE("what was sent for a tunnel that is refused goes with it") {
  check({up(kAsked + "\x16\x03\x01"), down("HTTP/1.1 502 Bad Gateway\r\n\r\nbody to the end")},
        refused("the proxy answered CONNECT with 502"));
}

TEST_CASE("behind a refusal something else may be asked") {
  check({up(kAsked), down(kUnauthorized), up("GET http://a/ HTTP/1.1\r\n\r\n")},
        {.state = State::is_none,
         .client = {},
         .destination = "chat.example:443",
         .error = "the proxy answered CONNECT with 407: it wants other credentials",
         .rest = {}});
}

TEST_CASE("Proxy-Status says why, in the words of a connection of our own") {
  const auto answer = [](std::string_view error) {
    return "HTTP/1.1 502 Bad Gateway\r\nProxy-Status: lastframe; error=" + std::string(error) +
           "\r\nContent-Length: 0\r\n\r\n";
  };
  check({up(kAsked), down(answer("connection_refused"))}, refused("ECONNREFUSED"));
  check({up(kAsked), down(answer("connection_timeout"))}, refused("ETIMEDOUT"));
  check({up(kAsked), down(answer("dns_error"))},
        refused("the proxy answered CONNECT with 502: it could not resolve the name"));
  check({up(kAsked), down(answer("something_new"))},
        refused("the proxy answered CONNECT with 502"));
}

TEST_CASE("a destination is written as the live proxy writes it, or as it stands") {
  const auto destination = [](std::string_view target) {
    const auto made = connect_prelude();
    const std::string asked = "CONNECT " + std::string(target) + " HTTP/1.1\r\n\r\n";
    CHECK(made->take(Direction::client_to_server, as_bytes(asked)) == State::needs_more);
    return made->destination();
  };
  CHECK(destination("192.0.2.1:0443") == "192.0.2.1:443");
  CHECK(destination("[2001:DB8:0::1]:443") == "[2001:db8::1]:443");
  CHECK(destination("Chat.Example:443") == "Chat.Example:443");
  CHECK(destination("no port") == "no port");
  CHECK(destination("ann:secret@chat.example:443") == "chat.example:443");
  CHECK(destination("ann:secret@") == "");
  CHECK(destination("a\x1b[2J:1") == "a\\x1b[2J:1");
  CHECK(destination(std::string(10'000, 'a')).size() < 400);
}

TEST_CASE("what is no CONNECT, and no answer to one, is none") {
  for (const std::vector<Turn>& turns : {
           std::vector<Turn>{up("COPY / HTTP/1.1\r\n\r\n")},
           {up("CONNECT chat.example:443 SIP/2.0\r\n\r\n")},
           {up("CONNECT chat.example:443 HTTP/2.0\r\n\r\n")},
           {up("CONNECTED\n")},
           {down("220 hello")},
           {up("CONN"), down("HTTP/1.1 408 Too late\r\n\r\n")},
           {up(kAsked), down("SSH-2.0-x\r\n")},
           {up(kAsked), down("HTTP/1.1 101 Switching Protocols\r\n\r\n")},
           {up(kAsked), down("HTTP/1.1 abc\r\n\r\n")},
           {up(kAsked), down("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\nx")},
       }) {
    test::at_every_cut(connect_prelude, turns,
                       [&](const Spectated& seen) { CHECK(seen.state == State::is_none); });
  }
}

TEST_CASE("heads are bounded") {
  const auto made = connect_prelude();
  std::string head = "CONNECT a:1 HTTP/1.1\r\n";
  head.resize(kLongestRequest, 'x');
  CHECK(made->take(Direction::client_to_server, as_bytes(head)) == State::is_none);
  const auto answered = connect_prelude();
  CHECK(answered->take(Direction::client_to_server, as_bytes(kAsked)) == State::needs_more);
  std::string answer = "HTTP/1.1 200 OK\r\n";
  answer.resize(kLongestRequest, 'x');
  CHECK(answered->take(Direction::server_to_client, as_bytes(answer)) == State::is_none);
}

}  // namespace
}  // namespace lastframe::proxying
