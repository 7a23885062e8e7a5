#include "core/tls/tls_watch.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/hex.h"
#include "support/real_hellos.h"
#include "support/real_tls.h"
#include "support/tls_bytes.h"

namespace lastframe::tls {
namespace {

using test::hex;

struct Turn {
  Endpoint sender;
  std::string bytes;
};
using Dialogue = std::vector<Turn>;

Dialogue dialogue_of(std::span<const test::TlsTurn> turns) {
  Dialogue dialogue;
  for (const test::TlsTurn& turn : turns) {
    dialogue.push_back({.sender = turn.sender, .bytes = hex(turn.hex)});
  }
  return dialogue;
}

Turn client(std::string bytes) { return {Endpoint::client, std::move(bytes)}; }
Turn server(std::string bytes) { return {Endpoint::server, std::move(bytes)}; }

void say(TlsWatch& watch, Endpoint sender, std::string_view bytes) {
  const std::vector<char> copy(bytes.begin(), bytes.end());
  watch.feed(direction_from(sender), as_bytes({copy.data(), copy.size()}));
}

// Each turn in parts of `size` bytes.
PassingTls seen_in_parts(const Dialogue& dialogue, std::size_t size) {
  TlsWatch watch;
  for (const Turn& turn : dialogue) {
    for (std::size_t at = 0; at < turn.bytes.size(); at += size) {
      say(watch, turn.sender, std::string_view(turn.bytes).substr(at, size));
    }
  }
  return watch.seen();
}

// All turns whole but one, which is cut in two.
PassingTls seen_with_cut(const Dialogue& dialogue, const Turn& cut, std::size_t at) {
  TlsWatch watch;
  for (const Turn& turn : dialogue) {
    const std::size_t first = &turn == &cut ? at : turn.bytes.size();
    say(watch, turn.sender, std::string_view(turn.bytes).substr(0, first));
    say(watch, turn.sender, std::string_view(turn.bytes).substr(first));
  }
  return watch.seen();
}

// What is seen of it, which is the same at every split.
PassingTls seen_of(const Dialogue& dialogue) {
  const PassingTls whole = seen_in_parts(dialogue, std::string::npos / 2);
  for (const std::size_t size : {1, 2, 3, 7}) {
    CAPTURE(size);
    CHECK(seen_in_parts(dialogue, size) == whole);
  }
  for (const Turn& turn : dialogue) {
    for (std::size_t at = 1; at < turn.bytes.size(); ++at) {
      CAPTURE(at);
      CHECK(seen_with_cut(dialogue, turn, at) == whole);
    }
  }
  return whole;
}

const SideSeen& of(Endpoint endpoint, const PassingTls& seen) {
  return seen.sides[index(endpoint)];
}

std::uint64_t bytes_of(Endpoint sender, const Dialogue& dialogue) {
  std::uint64_t bytes = 0;
  for (const Turn& turn : dialogue) bytes += turn.sender == sender ? turn.bytes.size() : 0;
  return bytes;
}

TEST_CASE("a connection that ends as it should, in each version") {
  struct Row {
    std::string_view name;
    Dialogue dialogue;
    ServerHello hello;
    std::size_t chain_length;
    std::uint64_t of_client;  // application data
    std::uint64_t of_server;
    LastRecord last;
  };
  // 18 bytes of a request and as many of the answer, 24 more in a record of TLS 1.2 (explicit nonce
  // and tag), 17 in one of TLS 1.3 (type and tag). There an alert's record of 19 bytes counts too,
  // and two tickets of 266.
  const auto rows = std::to_array<Row>({
      {"TLS 1.3",
       dialogue_of(test::kTls13),
       {.version = 0x0304, .cipher = 0x1302},
       0,
       35 + 19,
       2 * 266 + 35 + 19,
       LastRecord::possibly_alert},
      {"TLS 1.3 with a retry",
       dialogue_of(test::kRetriedTls13),
       {.version = 0x0304, .cipher = 0x1302},
       0,
       35 + 19,
       2 * 266 + 35 + 19,
       LastRecord::possibly_alert},
      {"TLS 1.2",
       dialogue_of(test::kTls12),
       {.version = 0x0303, .cipher = 0xC02C, .alpn = "http/1.1"},
       1,
       42,
       42,
       LastRecord::encrypted_alert},
      {"TLS 1.2, resumed",
       dialogue_of(test::kResumedTls12),
       {.version = 0x0303, .cipher = 0xC02C, .alpn = "http/1.1"},
       0,
       42,
       42,
       LastRecord::encrypted_alert},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const PassingTls seen = seen_of(row.dialogue);
    CHECK(seen.client_hello_state == HelloState::complete);
    CHECK(seen.client_hello.server_name == "a.example");
    CHECK(seen.server_hello == row.hello);
    CHECK(seen.chain_length == row.chain_length);
    CHECK(seen.is_handshake_over);
    CHECK(seen.first_bytes.empty());
    CHECK(of(Endpoint::client, seen).application_bytes == row.of_client);
    CHECK(of(Endpoint::server, seen).application_bytes == row.of_server);
    for (const Endpoint endpoint : kEndpoints) {
      const SideSeen& side = of(endpoint, seen);
      CHECK(side.state == StreamState::records);
      CHECK(side.bytes == bytes_of(endpoint, row.dialogue));
      CHECK(side.last_record == row.last);
      CHECK_FALSE(side.is_mid_record);
      CHECK_FALSE(side.alert.has_value());
    }
  }
}

TEST_CASE("bytes of alerts, and of what may be one, are no data") {
  // Fragments of each turn, without the alert at the end.
  const PassingTls recent = seen_of(dialogue_of(test::kTls13));
  CHECK(of(Endpoint::client, recent).data_bytes == 253 + 1 + 69 + 35);
  CHECK(of(Endpoint::server, recent).data_bytes == 122 + 1 + 38 + 422 + 96 + 69 + 266 + 266 + 35);
  const PassingTls old = seen_of(dialogue_of(test::kTls12));
  CHECK(of(Endpoint::client, old).data_bytes == 170 + 37 + 1 + 40 + 42);
  CHECK(of(Endpoint::server, old).data_bytes == 80 + 402 + 116 + 4 + 202 + 1 + 40 + 42);
}

TEST_CASE("a handshake that is refused") {
  struct Row {
    std::string_view name;
    Dialogue dialogue;
    Endpoint refuser;
    std::optional<AlertSeen> alert;
    LastRecord last;
    std::uint16_t version;  // 0: the server said no hello
    bool is_handshake_over;
  };
  const auto unknown_ca = AlertSeen{.number = 48, .is_fatal = true};
  const auto handshake_failure = AlertSeen{.number = 40, .is_fatal = true};
  const auto rows = std::to_array<Row>({
      {"by the client, TLS 1.3", dialogue_of(test::kRefusedByClientTls13), Endpoint::client,
       unknown_ca, LastRecord::clear_alert, 0x0304, false},
      {"by the client, TLS 1.2", dialogue_of(test::kRefusedByClientTls12), Endpoint::client,
       unknown_ca, LastRecord::clear_alert, 0x0303, false},
      {"by the server, TLS 1.3", dialogue_of(test::kRefusedByServerTls13), Endpoint::server,
       std::nullopt, LastRecord::possibly_alert, 0x0304, true},
      {"by the server, TLS 1.2", dialogue_of(test::kRefusedByServerTls12), Endpoint::server,
       handshake_failure, LastRecord::clear_alert, 0x0303, false},
      {"no shared cipher", dialogue_of(test::kNoSharedCipher), Endpoint::server, handshake_failure,
       LastRecord::clear_alert, 0, false},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const PassingTls seen = seen_of(row.dialogue);
    CHECK(of(row.refuser, seen).alert == row.alert);
    CHECK(of(row.refuser, seen).last_record == row.last);
    CHECK_FALSE(of(other(row.refuser), seen).alert.has_value());
    CHECK(of(other(row.refuser), seen).last_record == LastRecord::other);
    CHECK(seen.is_handshake_over == row.is_handshake_over);
    CHECK((seen.server_hello ? seen.server_hello->version : 0) == row.version);
  }
}

TEST_CASE("a client of TLS 1.3 that refuses in secret sends a record of an alert's size") {
  // BoringSSL and NSS encrypt what OpenSSL says in clear text.
  Dialogue dialogue = dialogue_of(test::kRefusedByClientTls13);
  for (const std::size_t size : {19, 11}) {
    CAPTURE(size);
    dialogue.back().bytes = test::tls_record(23, std::string(size, 'x'));
    const PassingTls seen = seen_of(dialogue);
    CHECK(of(Endpoint::client, seen).last_record == LastRecord::possibly_alert);
    CHECK_FALSE(seen.is_handshake_over);
  }
  for (const std::size_t size : {20, 53}) {
    CAPTURE(size);
    dialogue.back().bytes = test::tls_record(23, std::string(size, 'x'));
    const PassingTls seen = seen_of(dialogue);
    CHECK(of(Endpoint::client, seen).last_record == LastRecord::other);
    CHECK(seen.is_handshake_over);
  }
}

TEST_CASE("early data is no sign that the server has agreed (RFC 8446 section 2.3)") {
  Dialogue dialogue{client(hex(test::kOpensslTls13) + test::tls_record(20, "\x01") +
                           test::tls_record(23, std::string(100, 'e')))};
  CHECK_FALSE(seen_of(dialogue).is_handshake_over);
  dialogue.push_back(server(hex(test::kTls13[1].hex)));
  CHECK_FALSE(seen_of(dialogue).is_handshake_over);
  dialogue.push_back(client(test::tls_record(23, std::string(69, 'f'))));
  CHECK(seen_of(dialogue).is_handshake_over);
}

TEST_CASE("an answer that is no TLS is known by its first byte, and kept") {
  struct Row {
    std::string_view name;
    std::string answer;
    std::string first_bytes;
    StreamState state;
  };
  const std::string page =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>";
  const auto rows = std::to_array<Row>({
      {"nothing", "", "", StreamState::undecided},
      {"HTTP", page, page.substr(0, 64), StreamState::not_tls},
      {"one byte", "H", "H", StreamState::not_tls},
      {"a banner", "SSH-2.0-x\r\n", "SSH-2.0-x\r\n", StreamState::not_tls},
      {"half a header", hex("15 0303"), hex("15 0303"), StreamState::undecided},
      {"an alert", hex("15 0303 0002 0228"), "", StreamState::records},
      {"an alert and more", hex("15 0303 0002 0228") + "HTTP", "", StreamState::lost},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const PassingTls seen = seen_of({client(hex(test::kPython)), server(row.answer)});
    CHECK(seen.first_bytes == row.first_bytes);
    CHECK(of(Endpoint::server, seen).state == row.state);
    CHECK(of(Endpoint::server, seen).bytes == row.answer.size());
    CHECK_FALSE(seen.server_hello.has_value());
  }
}

TEST_CASE("alerts in clear text: the first fatal one, else the first") {
  const auto alert_of = [](std::string_view bytes) {
    const PassingTls seen = seen_of({client(hex(test::kOpensslTls12)), server(hex(bytes))});
    return of(Endpoint::server, seen).alert;
  };
  CHECK(alert_of("15 0303 0002 0170") == AlertSeen{.number = 112, .is_fatal = false});
  CHECK(alert_of("15 0303 0002 0170  15 0303 0002 0228") ==
        AlertSeen{.number = 40, .is_fatal = true});
  CHECK(alert_of("15 0303 0002 0228  15 0303 0002 0250") ==
        AlertSeen{.number = 40, .is_fatal = true});
  CHECK(alert_of("15 0303 0002 0170  15 0303 0002 0100") ==
        AlertSeen{.number = 112, .is_fatal = false});
  CHECK_FALSE(alert_of("15 0303 0002 0328").has_value());    // no such level
  CHECK_FALSE(alert_of("15 0303 0003 022800").has_value());  // not an alert's size
}

TEST_CASE("a stream that stops within a record says so") {
  Dialogue dialogue = dialogue_of(test::kTls12);
  dialogue.back().bytes.pop_back();
  const PassingTls seen = seen_of(dialogue);
  CHECK(of(Endpoint::server, seen).is_mid_record);
  CHECK_FALSE(of(Endpoint::client, seen).is_mid_record);
  CHECK(of(Endpoint::server, seen).last_record == LastRecord::other);
}

TEST_CASE("messages of the server come in any records, and long ones are passed over") {
  const std::string hello = hex(test::kTls12[1].hex).substr(5, 80);
  const std::string list = test::tls_vector(test::tls_vector(std::string(500, 'c'), 3), 3);
  const std::string certificate = test::tls_message(11, list);
  const auto chain_length = [](const std::string& bytes) {
    return seen_in_parts({client(hex(test::kOpensslTls12)), server(bytes)}, 100).chain_length;
  };
  CHECK(chain_length(test::tls_record(22, hello + certificate)) == 1);
  CHECK(chain_length(test::tls_records(hello + certificate, 7)) == 1);
  CHECK(chain_length(
            test::tls_records(hello + test::tls_message(22, "status") + certificate, 16'000)) == 1);
  const std::string longest(kLongestMessage - 4 - 3 - 3, 'c');
  const std::string fits = test::tls_message(11, test::tls_vector(test::tls_vector(longest, 3), 3));
  CHECK(fits.size() == kLongestMessage);
  CHECK(chain_length(test::tls_records(hello + fits, 16'000)) == 1);
  const std::string over =
      test::tls_message(11, test::tls_vector(test::tls_vector(longest + 'c', 3), 3));
  CHECK(chain_length(test::tls_records(hello + over, 16'000)) == 0);
  CHECK(chain_length(test::tls_records(hello + over + certificate, 16'000)) == 1);
}

TEST_CASE("anything may come from both sides") {
  const PassingTls text =
      seen_of({client("GET / HTTP/1.1\r\n\r\n"), server("HTTP/1.1 200 OK\r\n")});
  CHECK(text.client_hello_state == HelloState::not_tls);
  CHECK(of(Endpoint::client, text).state == StreamState::not_tls);
  // A server that speaks first, and a hello that is none.
  const PassingTls turned =
      seen_of({server(hex(test::kTls12[1].hex)), client(hex("16 0303 0001 02"))});
  CHECK(turned.client_hello_state == HelloState::malformed);
  CHECK(turned.server_hello.has_value());
  CHECK_FALSE(turned.is_handshake_over);
  const PassingTls broken = seen_of({client(hex(test::kPython)),
                                     server(test::tls_record(22, test::tls_message(2, "short"))),
                                     server(hex(test::kTls12[1].hex))});
  CHECK_FALSE(broken.server_hello.has_value());
}

}  // namespace
}  // namespace lastframe::tls
