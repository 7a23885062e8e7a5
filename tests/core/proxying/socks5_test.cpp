#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/proxying/negotiation.h"
#include "support/hex.h"
#include "support/negotiated.h"
#include "support/splits.h"

namespace lastframe::proxying {
namespace {

using State = Negotiation::State;

const std::vector<std::string> kNone;
const std::vector<std::string> kAnn{"bob:other", "ann:secret"};

// "asks HOST PORT", "refused: FAULT" or "...".
std::string shown(const test::Negotiated& all) {
  switch (all.state) {
    case State::needs_more:
      return "...";
    case State::asks:
      return "asks " + all.destination.host + " " + std::to_string(all.destination.port);
    case State::refused:
      return "refused: " + all.fault;
  }
  return {};
}

struct Row {
  std::string_view name;
  std::string bytes;
  std::string_view answers;  // in hex
  std::string expected;
  std::string rest = {};
};

void check(const Row& row, const std::vector<std::string>& credentials) {
  CAPTURE(row.name);
  test::at_every_split(row.bytes, [&](const test::Split& split) {
    CAPTURE(split.name);
    const auto negotiation = socks5_negotiation(credentials);
    const test::Negotiated all = test::negotiated(*negotiation, split);
    CHECK(shown(all) == row.expected);
    CHECK(all.answers == test::hex(row.answers));
    CHECK(all.rest == row.rest);
    CHECK(all.passed_on.empty());
  });
}

std::string name_request(std::string_view name) {
  std::string request = test::hex("05 01 00 05 01 00 03");
  request += static_cast<char>(name.size());
  return request.append(name).append(test::hex("01 bb"));
}

TEST_CASE("a client that is asked for nothing names its destination (RFC 1928 sections 3 to 5)") {
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                              std::string(63, 'c') + "." + std::string(61, 'd');
  const auto rows = std::to_array<Row>({
      {"IPv4", test::hex("05 01 00 05 01 00 01 c0 00 02 01 01 bb"), "05 00", "asks 192.0.2.1 443"},
      {"IPv6",
       test::hex("05 01 00 05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 ff ff"),
       "05 00", "asks 2001:db8::1 65535"},
      {"a name", name_request("chat.example"), "05 00", "asks chat.example 443"},
      {"an address as a name", name_request("192.0.2.1"), "05 00", "asks 192.0.2.1 443"},
      {"the longest name", name_request(longest), "05 00", "asks " + longest + " 443"},
      {"bytes behind the request", name_request("chat.example") + "GET /", "05 00",
       "asks chat.example 443", "GET /"},
      {"several methods (curl)", test::hex("05 03 00 01 02 05 01 00 01 c0 00 02 01 00 01"), "05 00",
       "asks 192.0.2.1 1"},
      {"a reserved byte that is not zero", test::hex("05 01 00 05 01 ff 01 c0 00 02 01 00 01"),
       "05 00", "asks 192.0.2.1 1"},
      {"half a greeting", test::hex("05 02 00"), "", "..."},
      {"half a request", test::hex("05 01 00 05 01 00 01 c0 00 02 01 01"), "05 00", "..."},
      {"half a name", test::hex("05 01 00 05 01 00 03 0c") + "chat", "05 00", "..."},
      {"nothing", "", "", "..."},
  });
  for (const Row& row : rows) check(row, kNone);
}

TEST_CASE("a client that must show who it is does so first (RFC 1929)") {
  const std::string request = test::hex("05 01 00 01 c0 00 02 01 01 bb");
  const std::string greeting = test::hex("05 02 00 02");
  const auto login = [](std::string_view user, std::string_view password) {
    return std::string("\x01") + static_cast<char>(user.size()) + std::string(user) +
           static_cast<char>(password.size()) + std::string(password);
  };
  constexpr std::string_view kWrong = "refused: the user name or the password is wrong";
  const auto rows = std::to_array<Row>({
      {"known", greeting + login("ann", "secret") + request, "05 02 01 00", "asks 192.0.2.1 443"},
      {"known, the other", greeting + login("bob", "other") + request, "05 02 01 00",
       "asks 192.0.2.1 443"},
      {"another's password", greeting + login("bob", "secret"), "05 02 01 01", std::string(kWrong)},
      {"a wrong one", greeting + login("ann", "secreT") + request, "05 02 01 01",
       std::string(kWrong)},
      {"an empty one", greeting + login("ann", ""), "05 02 01 01", std::string(kWrong)},
      {"none at all", greeting + login("", ""), "05 02 01 01", std::string(kWrong)},
      {"255 bytes each", greeting + login(std::string(255, 'u'), std::string(255, 'p')),
       "05 02 01 01", std::string(kWrong)},
      {"half a password", greeting + login("ann", "secret").substr(0, 9), "05 02", "..."},
      {"another version", greeting + test::hex("05 01 00 01"), "05 02 01 01",
       "refused: a user name and password of no version that is known"},
      {"not offered", test::hex("05 01 00") + request, "05 ff",
       "refused: the client offers no user name and password"},
      {"GSSAPI alone", test::hex("05 01 01"), "05 ff",
       "refused: the client offers no user name and password"},
  });
  for (const Row& row : rows) check(row, kAnn);

  // The colon is where the operator put it.
  const std::vector<std::string> carl{"carl:pass:word"};
  check({"a colon in the password", greeting + login("carl", "pass:word") + request, "05 02 01 00",
         "asks 192.0.2.1 443"},
        carl);
  check({"a colon in the name", greeting + login("carl:pass", "word"), "05 02 01 01",
         std::string(kWrong)},
        carl);
}

TEST_CASE("what is not served is refused in the protocol's words (RFC 1928 section 6)") {
  constexpr std::string_view kGeneral = "05 00 05 01 00 01 00 00 00 00 00 00";
  constexpr std::string_view kNotHost = " is neither a host name nor an address";
  const auto rows = std::to_array<Row>({
      {"BIND", test::hex("05 01 00 05 02 00 01 c0 00 02 01 01 bb"),
       "05 00 05 07 00 01 00 00 00 00 00 00",
       "refused: the client asks for BIND, and only CONNECT is served"},
      {"UDP ASSOCIATE", test::hex("05 01 00 05 03 00 01 00 00 00 00 00 00"),
       "05 00 05 07 00 01 00 00 00 00 00 00",
       "refused: the client asks for UDP ASSOCIATE, and only CONNECT is served"},
      {"Tor's RESOLVE", test::hex("05 01 00 05 f0"), "05 00 05 07 00 01 00 00 00 00 00 00",
       "refused: a command that is not known"},
      {"another address type", test::hex("05 01 00 05 01 00 02"),
       "05 00 05 08 00 01 00 00 00 00 00 00", "refused: an address type that is not known"},
      {"another version in the request", test::hex("05 01 00 04"), kGeneral,
       "refused: a request of another version than 5"},
      {"port 0", test::hex("05 01 00 05 01 00 01 c0 00 02 01 00 00"), kGeneral,
       "refused: a request for port 0"},
      {"an empty name", name_request(""), kGeneral, "refused: \"\"" + std::string(kNotHost)},
      {"an address in disguise", name_request("127.1"), kGeneral,
       "refused: \"127.1\"" + std::string(kNotHost)},
      {"a NUL in the name", name_request(std::string_view("a\0b", 3)), kGeneral,
       "refused: \"a\\x00b\"" + std::string(kNotHost)},
      {"no method", test::hex("05 00"), "05 ff",
       "refused: the client insists on authentication, and no credentials are set"},
      {"a password that nobody asks for", test::hex("05 01 02"), "05 ff",
       "refused: the client insists on authentication, and no credentials are set"},
      {"SOCKS4", test::hex("04 01 01 bb c0 00 02 01 00"), "00 5b 00 00 00 00 00 00",
       "refused: the client speaks SOCKS4, and this is a SOCKS5 proxy"},
      {"TLS", test::hex("16 03 01"), "",
       "refused: the client speaks TLS, and this is a SOCKS5 proxy"},
      {"HTTP", "CONNECT chat.example:443 HTTP/1.1\r\n\r\n", "",
       "refused: the client seems to speak HTTP, and this is a SOCKS5 proxy"},
      {"anything", test::hex("ff"), "", "refused: the client does not speak SOCKS5"},
  });
  for (const Row& row : rows) check(row, kNone);
}

TEST_CASE("the end of the way is told in the protocol's words (RFC 1928 section 6)") {
  struct EndRow {
    Refusal refusal;
    std::string_view reply;
  };
  constexpr auto kRows = std::to_array<EndRow>({
      {Refusal::not_allowed, "02"},
      {Refusal::name_not_resolved, "04"},
      {Refusal::refused, "05"},
      {Refusal::unreachable, "04"},
      {Refusal::timed_out, "06"},
      {Refusal::tls_failed, "01"},
      {Refusal::other, "01"},
  });
  const auto negotiation = socks5_negotiation(kNone);
  CHECK(negotiation->succeeded() == test::hex("05 00 00 01 00 00 00 00 00 00"));
  for (const EndRow& row : kRows) {
    CAPTURE(row.reply);
    CHECK(negotiation->failed(row.refusal) ==
          test::hex("05" + std::string(row.reply) + "00 01 00 00 00 00 00 00"));
  }
}

}  // namespace
}  // namespace lastframe::proxying
