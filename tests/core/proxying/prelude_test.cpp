#include "core/proxying/prelude.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/proxying/proxy_header.h"
#include "support/spectated.h"

namespace lastframe::proxying {
namespace {

using State = Prelude::State;
using test::down;
using test::up;

TEST_CASE("the first byte decides what may come") {
  const auto is_begun = [](char first, bool may_be_header) {
    return prelude(static_cast<std::byte>(first), may_be_header) != nullptr;
  };
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const char first = static_cast<char>(byte);
    const bool is_negotiation = first == 'C' || first == '\x05';
    CHECK(is_begun(first, false) == is_negotiation);
    CHECK(is_begun(first, true) == (is_negotiation || first == 'P' || first == '\r'));
  }
}

TEST_CASE("a PROXY header names the client, and all behind it is the connection's own") {
  const HostAndPort source{.host = "203.0.113.9", .port = 50122};
  const HostAndPort destination{.host = "192.0.2.1", .port = 443};
  for (const std::string& header :
       {proxy_header_v1(source, destination), proxy_header_v2(source, destination)}) {
    test::at_every_cut(header_prelude, {up(header + "GET / HTTP/1.1"), down("220 hello")},
                       [&](const test::Spectated& seen) {
                         CHECK(seen.state == State::over);
                         CHECK(seen.client == "203.0.113.9:50122");
                         CHECK(seen.destination.empty());
                         CHECK(seen.rest[0] == "GET / HTTP/1.1");
                         CHECK(seen.rest[1] == "220 hello");
                       });
  }
}

TEST_CASE("an IPv6 address of a PROXY header stands in brackets") {
  const auto made = header_prelude();
  const std::string header = proxy_header_v2({"2001:db8::1", 7}, {"2001:db8::2", 8});
  CHECK(made->take(Direction::client_to_server, as_bytes(header)) == State::over);
  CHECK(made->client() == "[2001:db8::1]:7");
}

TEST_CASE("a header of a sender that speaks for itself names nobody") {
  for (const std::string& header : {proxy_header_v1({}, {}), proxy_header_v2({}, {})}) {
    test::at_every_cut(header_prelude, {up(header + "x")}, [&](const test::Spectated& seen) {
      CHECK(seen.state == State::over);
      CHECK(seen.client.empty());
      CHECK(seen.rest[0] == "x");
    });
  }
}

TEST_CASE("what only begins like a PROXY header is none") {
  for (const std::string_view bytes :
       {"POST / HTTP/1.1\r\n", "PROXY TCP4 1.2.3.4 x", "\r\nGET / HTTP/1.1\r\n"}) {
    test::at_every_cut(header_prelude, {up(std::string(bytes))},
                       [&](const test::Spectated& seen) { CHECK(seen.state == State::is_none); });
  }
}

TEST_CASE("a long header that comes byte by byte is read once it is whole") {
  std::string header = proxy_header_v2({"192.0.2.1", 1}, {"192.0.2.2", 2});
  header[14] = header[15] = '\xFF';
  const std::size_t whole = 16 + 65535;
  // TLVs without a value, as many as there may be.
  while (header.size() + 3 <= whole) header.append("\xEA\0\0", 3);
  REQUIRE(header.size() == whole);
  const auto made = header_prelude();
  const auto give = [&](std::size_t at) {
    return made->take(Direction::client_to_server, as_bytes(std::string_view(&header[at], 1)));
  };
  for (std::size_t at = 0; at + 1 < whole; ++at) REQUIRE(give(at) == State::needs_more);
  CHECK(give(whole - 1) == State::over);
  CHECK(made->client() == "192.0.2.1:1");
  CHECK(made->own_bytes()[0] == whole);
}

TEST_CASE("a refusal is the errno that a connection of our own would have had, or a sentence") {
  const auto error = [](Refusal refusal) { return connect_error(refusal, "the proxy said no"); };
  CHECK(error(Refusal::not_allowed) == "EACCES");
  CHECK(error(Refusal::refused) == "ECONNREFUSED");
  CHECK(error(Refusal::unreachable) == "EHOSTUNREACH");
  CHECK(error(Refusal::timed_out) == "ETIMEDOUT");
  CHECK(error(Refusal::name_not_resolved) == "the proxy said no: it could not resolve the name");
  CHECK(error(Refusal::tls_failed) == "the proxy said no: it could not agree on TLS");
  CHECK(error(Refusal::other) == "the proxy said no");
}

}  // namespace
}  // namespace lastframe::proxying
