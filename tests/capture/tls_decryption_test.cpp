#include "capture/tls_decryption.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "core/tls/names.h"
#include "support/splits.h"
#include "support/tls_traffic.h"

using namespace lastframe;
using capture::TlsDecryption;
using test::TlsTerms;
using test::TlsTraffic;

namespace {

struct Notes final : capture::TlsDecryptionEvents {
  void on_established(const std::array<session::TlsLeg, 2>& both,
                      const std::array<std::uint64_t, 2>&) override {
    ++established;
    legs = both;
  }
  void on_text(Direction direction, ByteView bytes) override {
    text[index(direction)] += as_text(bytes);
  }
  void on_lost_text(Direction direction, std::uint64_t count) override {
    text[index(direction)] += "<" + std::to_string(count) + ">";
  }
  void on_close_notify(Endpoint sender) override { said += std::string(name(sender)) + " closes "; }
  void on_fatal_alert(Endpoint sender, std::uint8_t number, const session::TlsLeg&,
                      std::uint64_t) override {
    said += std::string(name(sender)) + " " + tls::alert_text(number) + " ";
  }
  void on_blind(Direction direction, std::string_view why) override {
    said += std::string(name(direction)) + " blind: " + std::string(why) + " ";
  }

  int established = 0;
  std::array<session::TlsLeg, 2> legs;
  std::array<std::string, 2> text;
  std::string said;
};

// Reads what was said, in parts of this size.
struct Reading {
  // Empty: there is no key log.
  explicit Reading(const std::string& key_log) {
    if (!key_log.empty()) logs.take(as_bytes(key_log));
  }

  void take(const std::vector<test::TlsSaid>& said, std::size_t part = 1 << 20) {
    for (const test::TlsSaid& each : said) {
      test::feed_parts(test::in_parts_of(each.bytes, part), [&](std::string_view bytes) {
        decryption.take(direction_from(each.sender), as_bytes(bytes), Moment{}, notes);
      });
    }
  }

  capture::TlsKeyLogs logs;
  capture::TlsBudget budget;
  TlsDecryption decryption{logs, budget};
  Notes notes;
};

struct Row {
  const char* name;
  TlsTerms terms;
  const char* cipher;  // as the RFCs name it
};

const Row kRows[] = {
    {"1.3 GCM 128", {}, "TLS_AES_128_GCM_SHA256"},
    {"1.3 GCM 256", {.cipher = "TLS_AES_256_GCM_SHA384"}, "TLS_AES_256_GCM_SHA384"},
    {"1.3 ChaCha20", {.cipher = "TLS_CHACHA20_POLY1305_SHA256"}, "TLS_CHACHA20_POLY1305_SHA256"},
    {"1.3 CCM", {.cipher = "TLS_AES_128_CCM_SHA256"}, "TLS_AES_128_CCM_SHA256"},
    {"1.3 CCM 8", {.cipher = "TLS_AES_128_CCM_8_SHA256"}, "TLS_AES_128_CCM_8_SHA256"},
    {"1.3 asked again", {.is_retried = true}, "TLS_AES_128_GCM_SHA256"},
    {"1.3 padded", {.padding = 256}, "TLS_AES_128_GCM_SHA256"},
    {"1.3 small records", {.fragment = 512}, "TLS_AES_128_GCM_SHA256"},
    {"1.2 GCM 128",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-ECDSA-AES128-GCM-SHA256"},
     "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {"1.2 GCM 256",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES256-GCM-SHA384"},
     "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {"1.2 RSA",
     {.version = TLS1_2_VERSION, .cipher = "AES128-GCM-SHA256"},
     "TLS_RSA_WITH_AES_128_GCM_SHA256"},
    {"1.2 ChaCha20",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-CHACHA20-POLY1305"},
     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {"1.2 CCM",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-ECDSA-AES128-CCM"},
     "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {"1.2 CCM 8",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-ECDSA-AES256-CCM8"},
     "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"},
    {"1.2 CBC SHA1",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES128-SHA"},
     "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {"1.2 CBC SHA256",
     {.version = TLS1_2_VERSION, .cipher = "AES256-SHA256"},
     "TLS_RSA_WITH_AES_256_CBC_SHA256"},
    {"1.2 CBC SHA384",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-ECDSA-AES256-SHA384"},
     "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    {"1.2 encrypt then MAC",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES256-SHA", .encrypts_then_macs = true},
     "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    {"1.2 encrypt then MAC, SHA384",
     {.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES256-SHA384", .encrypts_then_macs = true},
     "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
};

constexpr std::size_t kLong = 40'000;

// A connection with a small text each way, a long one, and both farewells.
void talk(TlsTraffic& traffic) {
  traffic.shake_hands();
  REQUIRE(traffic.is_done());
  traffic.say(Endpoint::client, "question");
  traffic.say(Endpoint::server, "answer");
  traffic.say(Endpoint::server, std::string(kLong, 'x'));
  traffic.say(Endpoint::client, "thanks");
  traffic.close(Endpoint::client);
  traffic.close(Endpoint::server);
}

void check_all(const Notes& notes) {
  CHECK(notes.established == 1);
  CHECK(notes.text[0] == "questionthanks");
  CHECK(notes.text[1] == "answer" + std::string(kLong, 'x'));
  const bool is_both =
      notes.said == "client closes server closes " || notes.said == "server closes client closes ";
  CHECK(is_both);
}

}  // namespace

TEST_CASE("the plain text of both directions is read, whatever the version and the cipher") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    TlsTraffic traffic(row.terms);
    talk(traffic);
    for (const std::size_t part : {1 << 20, 1448, 1}) {
      CAPTURE(part);
      Reading reading(traffic.key_log);
      reading.take(traffic.said, static_cast<std::size_t>(part));
      check_all(reading.notes);
      CHECK(reading.decryption.obstacle().empty());
      const session::TlsLeg& leg = reading.notes.legs[0];
      CHECK(leg.handling == session::TlsHandling::decrypted);
      CHECK(leg.cipher == row.cipher);
      CHECK(leg.version == row.terms.version);
      CHECK(leg.server_name == "chat.example");
    }
  }
}

TEST_CASE("the protocol that was agreed on is told, which TLS 1.3 encrypts") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsTraffic traffic({.version = version,
                        .cipher = version == TLS1_3_VERSION ? "TLS_AES_128_GCM_SHA256"
                                                            : "ECDHE-RSA-AES128-GCM-SHA256",
                        .alpn = "http/1.1"});
    talk(traffic);
    Reading reading(traffic.key_log);
    reading.take(traffic.said);
    CHECK(reading.notes.legs[0].alpn == "http/1.1");
  }
}

TEST_CASE("keys that are updated are followed (RFC 8446 section 4.6.3)") {
  for (const char* cipher : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"}) {
    TlsTraffic traffic({.cipher = cipher});
    traffic.shake_hands();
    std::string expected;
    for (int round = 0; round < 5; ++round) {
      traffic.update_key(round % 2 == 0 ? Endpoint::client : Endpoint::server, round > 2);
      traffic.say(Endpoint::client, "up");
      traffic.say(Endpoint::server, "down");
      expected += "up";
    }
    Reading reading(traffic.key_log);
    reading.take(traffic.said);
    CHECK(reading.notes.text[0] == expected);
    CHECK(reading.notes.text[1] == "downdowndowndowndown");
    CHECK(reading.notes.said.empty());
  }
}

TEST_CASE("a renegotiation of TLS 1.2 is followed (RFC 5246 section 7.4.1.1)") {
  TlsTraffic traffic({.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES128-GCM-SHA256"});
  traffic.shake_hands();
  traffic.say(Endpoint::client, "before");
  traffic.renegotiate();
  traffic.say(Endpoint::client, " behind");
  traffic.say(Endpoint::server, "both");
  Reading reading(traffic.key_log);
  reading.take(traffic.said);
  CHECK(reading.notes.text[0] == "before behind");
  CHECK(reading.notes.text[1] == "both");
}

TEST_CASE("a session that a client comes back to is read, also where the key log names it once") {
  for (const bool has_tickets : {true, false}) {
    CAPTURE(has_tickets);
    TlsTraffic own({.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES128-GCM-SHA256"});
    if (!has_tickets) {
      SSL_set_options(own.ssl(Endpoint::client), SSL_OP_NO_TICKET);
      SSL_set_options(own.ssl(Endpoint::server), SSL_OP_NO_TICKET);
    }
    talk(own);
    const std::string first_log = own.key_log;
    Reading reading(first_log);
    reading.take(own.said);
    own.begin_again();
    if (!has_tickets) SSL_set_options(own.ssl(Endpoint::server), SSL_OP_NO_TICKET);
    talk(own);
    REQUIRE(own.is_resumed());
    TlsDecryption second(reading.logs, reading.budget);
    Notes notes;
    for (const test::TlsSaid& each : own.said) {
      second.take(direction_from(each.sender), as_bytes(each.bytes), Moment{}, notes);
    }
    check_all(notes);
  }
}

TEST_CASE("one side's bytes may come before the other's that they need") {
  // As a capture gives them where packets of the server's are out of order.
  for (const Row& row : {kRows[0], kRows[8]}) {
    TlsTraffic traffic(row.terms);
    talk(traffic);
    Reading reading(traffic.key_log);
    for (const Endpoint endpoint : kEndpoints) {
      reading.take({{endpoint, traffic.stream(endpoint)}});
    }
    check_all(reading.notes);
  }
}

TEST_CASE("without its handshake's secrets the traffic is read all the same") {
  TlsTraffic traffic;
  talk(traffic);
  std::string few;
  for (std::size_t at = 0; at < traffic.key_log.size();) {
    const std::size_t end = traffic.key_log.find('\n', at) + 1;
    const std::string line = traffic.key_log.substr(at, end - at);
    if (line.find("HANDSHAKE") == std::string::npos) few += line;
    at = end;
  }
  Reading reading(few);
  reading.take(traffic.said);
  check_all(reading.notes);
}

TEST_CASE("what is missing is named") {
  TlsTraffic traffic;
  talk(traffic);
  const auto obstacle_with = [](const TlsTraffic& said, const std::string& key_log) {
    Reading reading(key_log);
    reading.take(said.said);
    CHECK(reading.notes.established == 0);
    return reading.decryption.obstacle();
  };
  CHECK(obstacle_with(traffic, "").starts_with("no key log was given; have the client write"));
  CHECK(obstacle_with(traffic, "# nothing\n")
            .starts_with("no key log has a line for its client random "));
  std::string wrong = traffic.key_log;
  for (std::size_t at = wrong.find('\n'); at != std::string::npos; at = wrong.find('\n', at + 1)) {
    wrong[at - 1] = wrong[at - 1] == '0' ? '1' : '0';
  }
  Reading reading(wrong);
  reading.take(traffic.said);
  CHECK(reading.notes.established == 0);
  CHECK(reading.decryption.has_skipped());
  TlsTraffic old({.version = TLS1_1_VERSION, .cipher = "ECDHE-RSA-AES128-SHA"});
  talk(old);
  CHECK(obstacle_with(old, old.key_log) == "TLS 1.1 is not supported, only TLS 1.2 and 1.3 are");
  TlsTraffic camellia({.version = TLS1_2_VERSION, .cipher = "CAMELLIA128-SHA"});
  talk(camellia);
  CHECK(obstacle_with(camellia, camellia.key_log) == "its cipher 0x0041 is not supported");
}

TEST_CASE("a secret that does not open the records of TLS 1.2 is told as such") {
  TlsTraffic traffic({.version = TLS1_2_VERSION, .cipher = "ECDHE-RSA-AES128-GCM-SHA256"});
  talk(traffic);
  std::string wrong = traffic.key_log;
  wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
  Reading reading(wrong);
  reading.take(traffic.said);
  CHECK(reading.notes.established == 0);
  CHECK(reading.decryption.obstacle() ==
        "the secrets of the key log do not open its records: a MAC is wrong");
}

TEST_CASE("behind lost bytes the next record is found, and what was lost is counted") {
  for (const Row& row : {kRows[0], kRows[2], kRows[8], kRows[11], kRows[14]}) {
    CAPTURE(row.name);
    TlsTraffic traffic(row.terms);
    traffic.shake_hands();
    traffic.say(Endpoint::client, "first");
    const std::size_t handshake = traffic.said.size();
    std::string texts;
    for (int i = 0; i < 50; ++i) {
      const std::string text = std::to_string(1000 + i) + std::string(96, 'p');
      traffic.say(Endpoint::client, text);
      texts += text;
    }
    std::string stream;
    for (std::size_t i = handshake; i < traffic.said.size(); ++i) stream += traffic.said[i].bytes;
    const std::vector<test::TlsSaid> before(
        traffic.said.begin(), traffic.said.begin() + static_cast<std::ptrdiff_t>(handshake));
    const std::size_t record = stream.size() / 50;
    const bool is_cbc = row.terms.cipher == kRows[14].terms.cipher;
    for (const std::size_t from :
         {std::size_t{0}, record, record + 3, record + 50, 2 * record - 1}) {
      for (const std::size_t size : {std::size_t{1}, record / 2, record, 7 * record + 20}) {
        CAPTURE(from);
        CAPTURE(size);
        Reading reading(traffic.key_log);
        reading.take(before);
        const ByteView all = as_bytes(stream);
        constexpr auto kUp = Direction::client_to_server;
        reading.decryption.take(kUp, all.first(from), Moment{}, reading.notes);
        reading.decryption.miss(kUp, size, reading.notes);
        reading.decryption.take(kUp, all.subspan(from + size), Moment{}, reading.notes);
        const std::size_t whole_before = from / record;
        const std::size_t first_behind = (from + size + record - 1) / record;
        const std::size_t lost = 100 * (first_behind - whole_before);
        const std::string& text = reading.notes.text[0];
        const std::string front = "first" + texts.substr(0, 100 * whole_before);
        const std::string back = texts.substr(100 * first_behind);
        CHECK(reading.notes.said.empty());
        CHECK(text.starts_with(front + "<"));
        CHECK(text.ends_with(">" + back));
        if (!is_cbc) CHECK(text == front + "<" + std::to_string(lost) + ">" + back);
      }
    }
  }
}

TEST_CASE("where no record is found again, the direction turns blind and the rest is counted") {
  TlsTraffic traffic;
  traffic.shake_hands();
  traffic.say(Endpoint::client, "first");
  Reading reading(traffic.key_log);
  reading.take(traffic.said);
  constexpr auto kUp = Direction::client_to_server;
  reading.decryption.miss(kUp, 1000, reading.notes);
  const std::string noise(64 * 1024, '\x17');
  for (int i = 0; i < 40; ++i) {
    reading.decryption.take(kUp, as_bytes(noise), Moment{}, reading.notes);
  }
  CHECK(reading.notes.said ==
        "client_to_server blind: behind packets that are missing no record was found that its "
        "keys open ");
  CHECK(reading.decryption.memory() < 128 * 1024);
  traffic.say(Endpoint::server, "the other goes on");
  reading.take({traffic.said.back()});
  CHECK(reading.notes.text[1] == "the other goes on");
}

TEST_CASE("a record that was changed on its way turns its direction blind") {
  TlsTraffic traffic;
  traffic.shake_hands();
  traffic.say(Endpoint::client, "first");
  Reading reading(traffic.key_log);
  reading.take(traffic.said);
  traffic.say(Endpoint::client, "second");
  std::string changed = traffic.said.back().bytes;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  reading.take({{Endpoint::client, changed}});
  CHECK(reading.notes.said ==
        "client_to_server blind: the secrets of the key log do not open its records: a MAC is "
        "wrong ");
  traffic.say(Endpoint::client, "third");
  reading.take({traffic.said.back()});
  CHECK(reading.notes.text[0].starts_with("first<"));
}

TEST_CASE("a server's alert behind the handshake is told") {
  TlsTraffic traffic;
  SSL_set_verify(traffic.ssl(Endpoint::server), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                 nullptr);
  traffic.shake_hands();
  Reading reading(traffic.key_log);
  reading.take(traffic.said);
  CHECK(reading.notes.established == 1);
  CHECK(reading.notes.said == "server certificate_required ");
}
