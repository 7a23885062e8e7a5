#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/proxying/prelude.h"
#include "support/hex.h"
#include "support/spectated.h"

namespace lastframe::proxying {
namespace {

using State = Prelude::State;
using test::down;
using test::hex;
using test::Spectated;
using test::Turn;
using test::up;

const std::string kGreeting = hex("05 02 00 02");
const std::string kNoLogin = hex("05 00");
const std::string kLogin = hex("05 02");
const std::string kShown = hex("01 03") + "ann" + hex("02") + "pw";
const std::string kAsked = hex("05 01 00 03 0c") + "chat.example" + hex("01 bb");
const std::string kDone = hex("05 00 00 01 00 00 00 00 00 00");

void check(const std::vector<Turn>& turns, const Spectated& expected) {
  test::at_every_cut(socks5_prelude, turns, [&](const Spectated& seen) {
    CHECK(seen.state == expected.state);
    CHECK(seen.destination == expected.destination);
    CHECK(seen.error == expected.error);
    CHECK(seen.rest == expected.rest);
  });
}

Spectated over(std::string up, std::string down, std::string destination = "chat.example:443") {
  return {.state = State::over,
          .client = {},
          .destination = std::move(destination),
          .error = {},
          .rest = {std::move(up), std::move(down)}};
}

Spectated refused(std::string error, std::string destination = "chat.example:443") {
  return {.state = State::refused,
          .client = {},
          .destination = std::move(destination),
          .error = std::move(error),
          .rest = {}};
}

TEST_CASE("behind the reply both directions are the connection's own") {
  check({up(kGreeting), down(kNoLogin), up(kAsked), down(kDone)}, over("", ""));
  check({up(kGreeting), down(kNoLogin), up(kAsked), down(kDone + "220 hello"), up("EHLO")},
        over("EHLO", "220 hello"));
  check(
      {up(kGreeting), down(kLogin), up(kShown), down(hex("01 00")), up(kAsked), down(kDone + "x")},
      over("", "x"));
}

TEST_CASE("a client may say all at once, and its own bytes too") {
  check({up(kGreeting + kAsked + "early"), down(kNoLogin + kDone + "late")}, over("early", "late"));
  check({up(kGreeting + kShown + kAsked), up("early"), down(kLogin + hex("01 00") + kDone)},
        over("early", ""));
}

TEST_CASE("destinations and replies have addresses of every type") {
  const auto passes = [](std::string_view address, std::string_view destination) {
    check({up(kGreeting), down(kNoLogin), up(hex("05 01 00") + hex(address)),
           down(hex("05 00 00") + hex(address) + "x")},
          over("", "x", std::string(destination)));
  };
  passes("01 c0 00 02 01 01 bb", "192.0.2.1:443");
  passes("04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 01 bb", "[2001:db8::1]:443");
  passes("03 01 61 00 50", "a:80");
  passes("03 03 61 0a 62 00 50", "a\\x0ab:80");
}

TEST_CASE("refusals are told as errors of a connection of our own") {
  const auto answered = [](std::string_view reply, std::string error) {
    check({up(kGreeting), down(kNoLogin), up(kAsked + "early"),
           down(hex("05") + hex(reply) + hex("00 01 00 00 00 00 00 00"))},
          refused(std::move(error)));
  };
  answered("01", "the SOCKS proxy answered with 1");
  answered("02", "EACCES");
  answered("03", "ENETUNREACH");
  answered("04", "the SOCKS proxy answered with 4: it could not resolve the name, or has no route");
  answered("05", "ECONNREFUSED");
  answered("06", "ETIMEDOUT");
  answered("ff", "the SOCKS proxy answered with 255");
  check({up(kGreeting), down(kNoLogin), up(hex("05 01 00 01 c0 00 02 01 01 bb")),
         down(hex("05 04 00 01"))},
        refused("EHOSTUNREACH", "192.0.2.1:443"));
}

TEST_CASE("a client that is not let in is refused before it says where it wants to go") {
  check({up(kGreeting), down(hex("05 ff"))},
        refused("the SOCKS proxy takes none of the ways to log in that the client offers", ""));
  check({up(kGreeting), down(kLogin), up(kShown), down(hex("01 01")), up(kAsked)},
        refused("the SOCKS proxy refused the user and the password", ""));
}

TEST_CASE("what is no SOCKS, or no CONNECT by it, is none") {
  for (const std::vector<Turn>& turns : {
           std::vector<Turn>{up(hex("04 01"))},
           {up(kGreeting), down("HTTP/1.1 400")},
           {up(kGreeting), down(hex("05 01"))},  // GSSAPI
           {down("220 hello")},
           {up(kGreeting), down(kNoLogin + "x")},
           {up(kGreeting), down(kNoLogin), up(hex("05 02"))},  // BIND
           {up(kGreeting), down(kNoLogin), up(hex("05 01 00 05"))},
           {up(kGreeting), down(kNoLogin), up("GET ")},
           {up(kGreeting), down(kLogin), up(hex("02"))},
           {up(kGreeting), down(kNoLogin), up(kAsked), down("x")},
           {up(kGreeting), down(kNoLogin), up(kAsked), down(hex("05 00 00 09"))},
       }) {
    test::at_every_cut(socks5_prelude, turns,
                       [&](const Spectated& seen) { CHECK(seen.state == State::is_none); });
  }
}

}  // namespace
}  // namespace lastframe::proxying
