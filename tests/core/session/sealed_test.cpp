// What is made of TLS that passes through; tests/scenarios/tls_passed_*.txt have whole connections.
#include "core/session/sealed.h"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "support/hex.h"
#include "support/real_hellos.h"
#include "support/real_tls.h"
#include "support/tls_bytes.h"

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;
using test::hex;

constexpr Moment kStart{100s};

void say(Sealed& sealed, Endpoint sender, std::string_view bytes, Moment now = kStart) {
  sealed.take(direction_from(sender), as_bytes(bytes), now);
}

Sealed after(std::span<const test::TlsTurn> turns) {
  Sealed sealed;
  for (const test::TlsTurn& turn : turns) say(sealed, turn.sender, hex(turn.hex));
  return sealed;
}

SessionReport ended_by(Endpoint endpoint, EndKind how, Moment at = kStart) {
  SessionReport report;
  report.ended = at;
  report.stream_ends = {{.endpoint = endpoint, .how = how, .at = at}};
  return report;
}

TEST_CASE("TLS begins with a byte that no HTTP request begins with") {
  for (int value = 0; value < 256; ++value) {
    const std::string bytes{static_cast<char>(value), 'x'};
    CHECK(Sealed::can_begin(as_bytes(bytes)) == (value == 0x16));
  }
  CHECK_FALSE(Sealed::can_begin({}));
}

TEST_CASE("a handshake that came about has no failure, whoever ends it and how") {
  for (const auto& turns : {std::span<const test::TlsTurn>(test::kTls13), {test::kTls12}}) {
    const Sealed sealed = after(turns);
    for (const Endpoint endpoint : kEndpoints) {
      for (const EndKind how : {EndKind::fin, EndKind::reset, EndKind::timeout}) {
        CHECK_FALSE(sealed.failure(ended_by(endpoint, how)).has_value());
      }
    }
  }
}

TEST_CASE("a handshake that did not: the end of a stream is the fault, and its sender the peer") {
  struct Row {
    EndKind how;
    TlsFault fault;
  };
  const auto rows = std::to_array<Row>({{EndKind::fin, TlsFault::ended},
                                        {EndKind::reset, TlsFault::reset},
                                        {EndKind::timeout, TlsFault::timed_out},
                                        {EndKind::proxy_shutdown, TlsFault::other},
                                        {EndKind::error, TlsFault::other}});
  Sealed sealed;
  say(sealed, Endpoint::client, hex(test::kPython));
  for (const Row& row : rows) {
    CAPTURE(name(row.how));
    for (const Endpoint endpoint : kEndpoints) {
      const auto failure = sealed.failure(ended_by(endpoint, row.how));
      REQUIRE(failure.has_value());
      CHECK(failure->peer == endpoint);
      CHECK(failure->facts.fault == row.fault);
      CHECK(failure->facts.bytes_from_peer == (endpoint == Endpoint::client ? 517 : 0));
      CHECK_FALSE(failure->facts.received.has_value());
      CHECK_FALSE(failure->facts.is_after_handshake);
    }
  }
}

TEST_CASE("a fatal alert tells more than who ended the stream") {
  const Sealed by_client = after(test::kRefusedByClientTls12);
  const Sealed by_server = after(test::kNoSharedCipher);
  for (const Endpoint endpoint : kEndpoints) {
    const auto of_client = by_client.failure(ended_by(endpoint, EndKind::fin));
    REQUIRE(of_client.has_value());
    CHECK(of_client->peer == Endpoint::client);
    CHECK(of_client->facts.fault == TlsFault::alert_received);
    CHECK(of_client->facts.received == TlsAlert{.number = 48, .is_fatal = true});
    const auto of_server = by_server.failure(ended_by(endpoint, EndKind::reset));
    REQUIRE(of_server.has_value());
    CHECK(of_server->peer == Endpoint::server);
    CHECK(of_server->facts.received == TlsAlert{.number = 40, .is_fatal = true});
  }
}

TEST_CASE("what may be an alert refuses a client's certificate only right behind its flight") {
  const Sealed sealed = after(test::kRefusedByServerTls13);
  const auto soon = sealed.failure(ended_by(Endpoint::server, EndKind::fin, kStart + 2s));
  REQUIRE(soon.has_value());
  CHECK(soon->peer == Endpoint::server);
  CHECK(soon->facts.is_after_handshake);
  CHECK(soon->facts.detail == "possibly an encrypted alert");
  CHECK_FALSE(sealed.failure(ended_by(Endpoint::server, EndKind::fin, kStart + 3s)).has_value());
}

TEST_CASE("an answer that is no TLS: its first line, printable and short") {
  struct Row {
    std::string_view answer;
    TlsFault fault;
    std::string_view shown;
  };
  const auto rows = std::to_array<Row>({
      {"HTTP/1.0 400\r\nX: y\r\n\r\n", TlsFault::plain_http, "HTTP/1.0 400"},
      {"SSH-2.0-x\nrest", TlsFault::not_tls, "SSH-2.0-x"},
      {"\x01\x02z", TlsFault::not_tls, "\\x01\\x02z"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.shown);
    Sealed sealed;
    say(sealed, Endpoint::client, hex(test::kPython));
    say(sealed, Endpoint::server, row.answer);
    CHECK(sealed.has_plain_answer());
    const auto failure = sealed.failure(ended_by(Endpoint::client, EndKind::reset));
    REQUIRE(failure.has_value());
    CHECK(failure->peer == Endpoint::server);
    CHECK(failure->facts.fault == row.fault);
    CHECK(failure->facts.first_bytes == row.shown);
  }
  Sealed binary;
  say(binary, Endpoint::client, hex(test::kPython));
  say(binary, Endpoint::server, std::string(100, '\x01'));
  CHECK(binary.failure(ended_by(Endpoint::server, EndKind::fin))->facts.first_bytes.size() <= 64);
}

TEST_CASE("legs have what both agreed on, and lists that are not too long") {
  std::string ciphers;
  for (int i = 0; i < 100; ++i) ciphers += "1301 ";
  Sealed sealed;
  say(sealed, Endpoint::client,
      test::tls_hello({.ciphers = ciphers,
                       .extensions = test::tls_name("a.example") +
                                     test::tls_alpn(std::vector<std::string>(40, "\x01"))}));
  for (const TlsLeg& leg : sealed.legs()) {
    CHECK(leg.handling == TlsHandling::passed_through);
    CHECK(leg.server_name == "a.example");
    CHECK(leg.offered_ciphers.size() == 64);
    CHECK(leg.offered_alpn == std::vector<std::string>(16, "\\x01"));
    CHECK(leg.version == 0);
  }
  const auto legs = after(test::kTls12).legs();
  CHECK(legs[index(Endpoint::client)].cipher == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  CHECK(legs[index(Endpoint::server)].alpn == "http/1.1");
  CHECK(legs[index(Endpoint::client)].chain_length == 0);
  CHECK(legs[index(Endpoint::server)].chain_length == 1);
}

}  // namespace
}  // namespace lastframe::session
