#include "core/tls/client_hello.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/counted_new.h"
#include "support/real_hellos.h"
#include "support/seeds.h"
#include "support/splits.h"
#include "support/tls_bytes.h"

namespace lastframe::tls {
namespace {

using std::string_literals::operator""s;
using test::hex;
using test::tls_hello;
using test::tls_hello_with;

HelloRead read(std::string_view bytes) { return read_client_hello(as_bytes(bytes)); }

ClientHello hello_in(std::string_view bytes) {
  HelloRead result = read(bytes);
  REQUIRE(result.state == HelloState::complete);
  return result.hello;
}

// Reads every beginning of `bytes`, each in memory of its own. The first state other than
// incomplete, and how many bytes it took; it must not change again.
struct Decision {
  HelloState state = HelloState::incomplete;
  std::size_t at = 0;

  bool operator==(const Decision&) const = default;
};

Decision decision_over(std::string_view bytes) {
  Decision decision;
  HelloRead decided;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::vector<char> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    HelloRead now = read({copy.data(), copy.size()});
    if (decision.state != HelloState::incomplete) {
      CHECK(now.state == decided.state);
      CHECK(now.hello == decided.hello);
    } else if (now.state != HelloState::incomplete) {
      decision = {.state = now.state, .at = size};
      decided = std::move(now);
    } else {
      CHECK(now.hello == ClientHello());
    }
  }
  return decision;
}

TEST_CASE("hellos of real clients") {
  const ClientHello old = hello_in(hex(test::kOpensslTls12));
  CHECK(old.server_name == "chat.example");
  CHECK(old.alpn.empty());
  CHECK(old.versions == std::vector<std::uint16_t>{0x0303});
  CHECK(old.ciphers.size() == 28);
  CHECK(old.ciphers.front() == 0xC02C);
  CHECK(old.ciphers.back() == 0x00FF);

  const ClientHello recent = hello_in(hex(test::kOpensslTls13));
  CHECK(recent == ClientHello{.server_name = "chat.example",
                              .alpn = {"h2", "http/1.1"},
                              .versions = {0x0304},
                              .ciphers = {0x1302, 0x1303, 0x1301, 0x00FF}});

  const ClientHello python = hello_in(hex(test::kPython));
  CHECK(python.versions == std::vector<std::uint16_t>{0x0304, 0x0303});
  CHECK(python.ciphers.size() == 18);
  CHECK_FALSE(python.has_encrypted_hello);

  const ClientHello chromium = hello_in(hex(test::kChromium));
  CHECK(chromium.server_name == "chat.example");
  CHECK(chromium.alpn == std::vector<std::string>{"h2", "http/1.1"});
  CHECK(chromium.versions == std::vector<std::uint16_t>{0x0304, 0x0303});
  CHECK(chromium.ciphers.size() == 15);  // 16 with GREASE
  CHECK(chromium.ciphers.front() == 0x1301);
  CHECK(chromium.has_encrypted_hello);
}

TEST_CASE("a hello is incomplete up to its last byte, and then complete whatever follows") {
  struct Row {
    std::string_view name;
    std::string bytes;
  };
  const std::string message = hex(test::kOpensslTls13).substr(5);
  const auto rows = std::to_array<Row>({
      {"TLS 1.2", hex(test::kOpensslTls12)},
      {"TLS 1.3", hex(test::kOpensslTls13)},
      {"padded", hex(test::kPython)},
      {"GREASE", hex(test::kChromium)},
      {"in records of 100 bytes", test::tls_records(message, 100)},
      {"in records of one byte", test::tls_records(message, 1)},
      {"cut within the message's header", test::tls_records(message, 3)},
      {"without extensions", tls_hello({.has_extensions = false})},
      {"no extension", tls_hello({})},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Decision expected{.state = HelloState::complete, .at = row.bytes.size()};
    CHECK(decision_over(row.bytes) == expected);
    CHECK(decision_over(row.bytes + "\x17\x03\x03\x00\x02zz"s) == expected);
    CHECK(decision_over(row.bytes + "anything") == expected);
  }
  CHECK(hello_in(test::tls_records(message, 1)) == hello_in(hex(test::kOpensslTls13)));
}

TEST_CASE("bytes that are no TLS are known by the first that cannot be") {
  struct Row {
    std::string_view name;
    std::string bytes;
    std::size_t at;
  };
  const auto rows = std::to_array<Row>({
      {"HTTP", "GET / HTTP/1.1\r\n", 1},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n", 1},
      {"SOCKS5", "\x05\x01\x00"s, 1},
      {"PROXY protocol", "PROXY TCP4", 1},
      {"a hello of SSL 2.0 (RFC 5246 appendix E.2)", hex("802e 01 0301 0015 0000 0010"), 1},
      {"a TLS alert", hex("15 0303 0002 0228"), 1},
      {"TLS application data", hex("17 0303 0002 0000"), 1},
      {"a handshake of DTLS", hex("16 feff 0000"), 2},
      {"a byte 16 and text", "\x16text", 2},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(decision_over(row.bytes) == Decision{.state = HelloState::not_tls, .at = row.at});
  }
}

TEST_CASE("TLS that breaks its own rules is malformed as soon as that shows") {
  struct Row {
    std::string_view name;
    std::string bytes;
    std::size_t at;  // 0: with the last byte
  };
  const auto hello = [](test::HelloParts parts) { return tls_hello(std::move(parts)); };
  const std::string message = test::tls_message(1, test::tls_hello_body({}));
  const std::string first_part = test::tls_record(22, message.substr(0, 10));
  const auto rows = std::to_array<Row>({
      {"an empty record (RFC 8446 section 5.1)", hex("16 0301 0000 16"), 5},
      {"a record over 2^14 bytes", hex("16 0301 4001 01"), 5},
      {"a ServerHello", hex("16 0303 0004 02 000000"), 6},
      {"no known message", hex("16 0303 0004 ff 000000"), 6},
      {"an empty record in the hello", first_part + hex("16 0301 0000 16"), 20},
      {"another record in the hello", first_part + hex("15 0301 0002 0228"), 16},
      {"noise in place of a record", first_part + "\x16zz"s, 17},
      {"an empty message", test::tls_record(22, test::tls_message(1, "")), 0},
      {"a message that is cut", test::tls_record(22, test::tls_message(1, "\x03\x03zz")), 0},
      {"a session identifier of 33 bytes", hello({.session_id = std::string(33, 'x')}), 0},
      {"no cipher", hello({.ciphers = ""}), 0},
      {"half a cipher", hello({.ciphers = "1301 13"}), 0},
      {"no compression", hello({.compression = ""}), 0},
      {"bytes behind the extensions", hello({.behind = "x"}), 0},
      {"half an extension's header", tls_hello_with(hex("0000 00")), 0},
      {"an extension longer than all", tls_hello_with(hex("0015 0003 0000")), 0},
      {"extensions longer than the message",
       hello({.has_extensions = false, .behind = hex("0005 0015 0000")}), 0},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::size_t at = row.at == 0 ? row.bytes.size() : row.at;
    CHECK(decision_over(row.bytes) == Decision{.state = HelloState::malformed, .at = at});
  }
}

TEST_CASE("a server name is one that a host can have, or none") {
  struct Row {
    std::string_view name;
    std::string sent;
    std::string read;
  };
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  const auto rows = std::to_array<Row>({
      {"a name", "chat.example", "chat.example"},
      {"capitals", "Chat.EXAMPLE", "chat.example"},
      {"a dot at the end (RFC 6066 section 3)", "chat.example.", "chat.example"},
      {"one label", "localhost", "localhost"},
      {"hyphens, digits and underscores", "_x-1.a2.example", "_x-1.a2.example"},
      {"an A-label", "xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"the longest", longest, longest},
      {"too long", longest + 'a', ""},
      {"a label of 64 bytes", label + "a.example", ""},
      {"a dot alone", ".", ""},
      {"two dots at the end", "chat.example..", ""},
      {"a dot at the front", ".chat.example", ""},
      {"an empty label", "chat..example", ""},
      {"a NUL", "chat.example\0.evil.example"s, ""},
      {"a NUL at the end", "chat.example\0"s, ""},
      {"not ASCII",
       "b\xC3\xBC"s
       "cher.example",
       ""},
      {"bytes", "\xFF\xFE", ""},
      {"a space", "chat example", ""},
      {"a line end", "chat.example\r\nHost: x", ""},
      {"a wildcard", "*.example", ""},
      {"a slash", "../../etc", ""},
      {"IPv4", "192.0.2.1", ""},
      {"IPv4, shortened", "127.1", ""},
      {"IPv6", "2001:db8::1", ""},
      {"IPv6 in brackets", "[2001:db8::1]", ""},
      {"a port", "chat.example:443", ""},
      {"300 bytes", std::string(300, 'a'), ""},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(hello_in(tls_hello_with(test::tls_name(row.sent))).server_name == row.read);
  }
}

TEST_CASE("the list of server names must be one (RFC 6066 section 3)") {
  using Names = std::vector<std::pair<unsigned, std::string>>;
  CHECK(hello_in(tls_hello_with(test::tls_names(Names{{7, "x"}, {0, "a.example"}}))).server_name ==
        "a.example");
  CHECK(hello_in(tls_hello_with(test::tls_names(Names{{7, "x"}}))).server_name.empty());
  struct Row {
    std::string_view name;
    std::string extensions;
  };
  const auto rows = std::to_array<Row>({
      {"two names", test::tls_names({{0, "a.example"}, {0, "b.example"}})},
      {"the same name twice", test::tls_names({{0, "a.example"}, {0, "a.example"}})},
      {"an address and a name", test::tls_names({{0, "192.0.2.1"}, {0, "b.example"}})},
      {"an empty name", test::tls_name("")},
      {"no name", test::tls_names({})},
      {"an empty extension", test::tls_extension(0, "")},
      {"half a length", test::tls_extension(0, hex("0000 00"))},
      {"a name longer than the list", test::tls_extension(0, hex("0005 00 0003 6162"))},
      {"a list longer than the extension", test::tls_extension(0, hex("0006 00 0002 6162"))},
      {"bytes behind the list", test::tls_extension(0, hex("0005 00 0002 6162 63"))},
      {"the extension twice", test::tls_name("a.example") + test::tls_name("b.example")},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(read(tls_hello_with(row.extensions)).state == HelloState::malformed);
  }
}

TEST_CASE("protocols come as they were sent, GREASE aside (RFC 7301 section 3.1, RFC 8701)") {
  const auto alpn = [](const std::vector<std::string>& sent) {
    return hello_in(tls_hello_with(test::tls_alpn(sent))).alpn;
  };
  using Protocols = std::vector<std::string>;
  CHECK(alpn({"h2", "http/1.1"}) == Protocols{"h2", "http/1.1"});
  CHECK(alpn({"\x00\xFF"s, "H2"}) == Protocols{"\x00\xFF"s, "H2"});
  CHECK(alpn({"\x1A\x1A", "\x1A\x2A", "h2"}) == Protocols{"\x1A\x2A", "h2"});
  CHECK(alpn({std::string(255, 'x')}) == Protocols{std::string(255, 'x')});
  CHECK(alpn(Protocols(kMostProtocols + 1, "x")) == Protocols(kMostProtocols, "x"));
  struct Row {
    std::string_view name;
    std::string extensions;
  };
  const auto rows = std::to_array<Row>({
      {"no protocol", test::tls_alpn({})},
      {"an empty one", test::tls_alpn({"h2", ""})},
      {"an empty extension", test::tls_extension(16, "")},
      {"longer than the list", test::tls_extension(16, hex("0003 03 6832"))},
      {"bytes behind the list", test::tls_extension(16, hex("0003 02 6832 00"))},
      {"the extension twice", test::tls_alpn({"h2"}) + test::tls_alpn({"h2"})},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(read(tls_hello_with(row.extensions)).state == HelloState::malformed);
  }
}

TEST_CASE("versions are those of supported_versions, else the hello's own") {
  using Numbers = std::vector<std::uint16_t>;
  const auto versions = [](const std::string& extensions) {
    return hello_in(tls_hello({.version = "0302", .extensions = extensions})).versions;
  };
  CHECK(versions("") == Numbers{0x0302});
  CHECK(versions(test::tls_versions("0304 0303")) == Numbers{0x0304, 0x0303});
  CHECK(versions(test::tls_versions("7a7a 0304")) == Numbers{0x0304});
  CHECK(versions(test::tls_versions("7a7a")).empty());
  struct Row {
    std::string_view name;
    std::string extensions;
  };
  const auto rows = std::to_array<Row>({
      {"no version", test::tls_versions("")},
      {"half a version", test::tls_versions("0304 03")},
      {"an empty extension", test::tls_extension(43, "")},
      {"longer than the extension", test::tls_extension(43, hex("04 0304"))},
      {"bytes behind the list", test::tls_extension(43, hex("02 0304 00"))},
      {"the extension twice", test::tls_versions("0304") + test::tls_versions("0303")},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(read(tls_hello_with(row.extensions)).state == HelloState::malformed);
  }
}

TEST_CASE("all sixteen values of GREASE are left out of ciphers (RFC 8701 section 2)") {
  for (unsigned high = 0; high < 16; ++high) {
    const std::string_view digits = "0123456789abcdef";
    const std::string byte{digits[high], 'a'};
    CAPTURE(byte);
    const ClientHello hello = hello_in(tls_hello({.ciphers = byte + byte + " 1301"}));
    CHECK(hello.ciphers == std::vector<std::uint16_t>{0x1301});
  }
  CHECK(hello_in(tls_hello({.ciphers = "0a1a 0a0b 00ff"})).ciphers ==
        std::vector<std::uint16_t>{0x0A1A, 0x0A0B, 0x00FF});
}

std::string hello_of(std::size_t body_size, std::size_t record_size) {
  const std::string shortest = test::tls_hello_body({.extensions = test::tls_extension(21, "")});
  const std::string padding(body_size - shortest.size(), '\0');
  const std::string extensions = test::tls_extension(21, padding);
  return test::tls_records(test::tls_message(1, test::tls_hello_body({.extensions = extensions})),
                           record_size);
}

TEST_CASE("a hello of more than a record's 16 KiB comes in several") {
  const std::string bytes = hello_of(20'000, 16'384);
  CHECK(bytes.size() == 20'000 + 4 + 2 * 5);
  CHECK(read(bytes).state == HelloState::complete);
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    CAPTURE(size);
    CHECK(read(std::string_view(bytes).substr(0, size)).state == HelloState::incomplete);
  }
  CHECK(read(std::string_view(bytes).substr(0, bytes.size() - 1)).state == HelloState::incomplete);
}

TEST_CASE("a hello may have 64 KiB with its records' headers, and no more") {
  const std::size_t most = kLongestHello - 4 * 5 - 4;
  CHECK(hello_of(most, 16'384).size() == kLongestHello);
  CHECK(read(hello_of(most, 16'384)).state == HelloState::complete);
  // It says how long it will be.
  const std::string long_one = test::tls_record(22, hex("01 010000 0303"));
  CHECK(decision_over(long_one) == Decision{.state = HelloState::too_long, .at = 9});
  // It does not say how many records it will take.
  const std::string in_parts = hello_of(60'000, 40);
  CHECK(read(std::string_view(in_parts).substr(0, kLongestHello - 1)).state ==
        HelloState::incomplete);
  CHECK(read(std::string_view(in_parts).substr(0, kLongestHello)).state == HelloState::too_long);
  CHECK(read(in_parts).state == HelloState::too_long);
  // Records of a byte or two.
  CHECK(read(hello_of(4000, 1)).state == HelloState::complete);
  CHECK(read(hello_of(5000, 1)).state == HelloState::too_long);
}

TEST_CASE("property: a hello that is incomplete is neither copied nor read") {
  const std::string bytes = hello_of(kLongestHello - 4 * 5 - 4, 16'384);
  const std::size_t before = allocations;
  bool is_incomplete = true;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const HelloState state = read(std::string_view(bytes).substr(0, size)).state;
    is_incomplete = is_incomplete && state == HelloState::incomplete;
  }
  CHECK(allocations == before);
  CHECK(is_incomplete);
}

TEST_CASE("property: a state is final, whatever bytes are changed") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string original = hex(test::kOpensslTls13);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = original;
    for (int changes = 0; changes < 3; ++changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    decision_over(bytes);
  }
}

}  // namespace
}  // namespace lastframe::tls
