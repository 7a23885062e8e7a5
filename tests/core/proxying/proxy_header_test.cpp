#include "core/proxying/proxy_header.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ip.h"
#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::proxying {
namespace {

using State = ProxyHeaderRead::State;

constexpr std::string_view kSignature = "0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a ";

std::string v2(std::string_view behind_signature) {
  return test::hex(std::string(kSignature).append(behind_signature));
}

std::string shown(const std::optional<HostAndPort>& address) {
  return address ? address->host + "|" + std::to_string(address->port) : "-";
}

// "SIZE SOURCE DESTINATION" of a complete header, "..." of an incomplete one.
std::string shown(const ProxyHeaderRead& read) {
  if (read.state == State::incomplete) return "...";
  if (read.state == State::malformed) return "malformed: " + read.fault;
  return std::to_string(read.size) + " " + shown(read.source) + " " + shown(read.destination);
}

// The last word on a stream that comes in these parts, and after how many bytes it was said.
struct Outcome {
  std::string text;
  std::size_t after = 0;
};

Outcome outcome(const test::Split& split) {
  std::string stream;
  for (const std::string_view part : split.parts) {
    stream += part;
    // In memory of its own size, so that a read past its end is found.
    const std::vector<char> copy(stream.begin(), stream.end());
    const auto read = read_proxy_header(as_bytes({copy.data(), copy.size()}));
    if (read.state != State::incomplete) return {shown(read), stream.size()};
  }
  return {"...", stream.size()};
}

struct Row {
  std::string_view name;
  std::string bytes;
  std::string expected;
};

void check(const Row& row) {
  CAPTURE(row.name);
  test::at_every_split(row.bytes, [&](const test::Split& split) {
    CAPTURE(split.name);
    CHECK(outcome(split).text == row.expected);
  });
}

TEST_CASE("a header of version 1 is read at every split (section 2.1)") {
  const std::string unknown_of_107 = "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n";
  const auto rows = std::to_array<Row>({
      {"the example of the document", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET /",
       "47 192.168.0.1|56324 192.168.0.11|443"},
      {"the longest of TCP4", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
       "56 255.255.255.255|65535 255.255.255.255|65535"},
      {"the longest of TCP6",
       "PROXY TCP6 ffff:f:f:ffff:ffff:ffff:ffff:ffff ffff:f:f:ffff:ffff:ffff:ffff:ffff 65535 "
       "65535\r\n",
       "92 ffff:f:f:ffff:ffff:ffff:ffff:ffff|65535 ffff:f:f:ffff:ffff:ffff:ffff:ffff|65535"},
      {"an address is named as others are", "PROXY TCP6 2001:0DB8::0:1 ::FFFF:192.0.2.1 0 1\r\n",
       "48 2001:db8::1|0 192.0.2.1|1"},
      {"UNKNOWN alone", "PROXY UNKNOWN\r\n", "15 - -"},
      {"UNKNOWN with addresses", "PROXY UNKNOWN ffff:f:f 1 2 3\r\n", "30 - -"},
      {"UNKNOWN with a CR and an LF of their own", "PROXY UNKNOWN a\rb\nc\r\nd", "21 - -"},
      {"UNKNOWN of 107 bytes", unknown_of_107, "107 - -"},
      {"unfinished", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r", "..."},
      {"nothing", "", "..."},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("what is no header is malformed at the byte that rules it out") {
  struct BadRow {
    std::string_view name;
    std::string good;  // could still become a header
    std::string bad;   // the byte that rules it out
    std::string_view fault;
  };
  constexpr std::string_view kNone = "the connection begins with no PROXY header";
  constexpr std::string_view kFamily = "neither TCP4, TCP6 nor UNKNOWN";
  constexpr std::string_view kSource = "the source is no address of the family";
  constexpr std::string_view kDestination = "the destination is no address of the family";
  constexpr std::string_view kSourcePort = "the source port is no number from 0 to 65535";
  constexpr std::string_view kDestinationPort = "the destination port is no number from 0 to 65535";
  constexpr std::string_view kFields = "its fields are not four";
  constexpr std::string_view kLong = "the line has more than 107 bytes";
  const std::string before_ports = "PROXY TCP4 192.0.2.1 192.0.2.2 ";
  const auto rows = std::to_array<BadRow>({
      {"HTTP", "", "G", kNone},
      {"TLS", "", "\x16", kNone},
      {"HTTP's PROPFIND", "PRO", "P", kNone},
      {"lower case", "P", "r", kNone},
      {"two blanks", "PROXY ", " ", kFamily},
      {"UDP", "PROXY ",
       "U"
       "D",
       kFamily},
      {"TCP5", "PROXY TCP", "5", kFamily},
      {"half a family", "PROXY TCP", " ", kFamily},
      {"a family with more", "PROXY UNKNOWN", "S", kFamily},
      {"no addresses", "PROXY TCP4", "\r", "a line without addresses"},
      {"an empty source", "PROXY TCP4 ", " ", kSource},
      {"a number over 255", "PROXY TCP4 25", "6", kSource},
      {"a zero before a number", "PROXY TCP4 0", "1", kSource},
      {"five numbers", "PROXY TCP4 1.2.3.4", ".", kSource},
      {"three numbers", "PROXY TCP4 1.2.3", " ", kSource},
      {"a name", "PROXY TCP4 ", "l", kSource},
      {"IPv6 as TCP4", "PROXY TCP4 1", ":", kSource},
      {"IPv4 as TCP6", "PROXY TCP6 1", ".", kSource},
      {"five hex digits", "PROXY TCP6 1234", "5", kSource},
      {"a number over 255 before a dot", "PROXY TCP6 ::256", ".", kSource},
      {"two gaps", "PROXY TCP6 1::2:", ":", kSource},
      {"nine groups", "PROXY TCP6 1:2:3:4:5:6:7:8", ":", kSource},
      {"a zone", "PROXY TCP6 fe80::1", "%", kSource},
      {"brackets", "PROXY TCP6 ", "[", kSource},
      {"no destination", "PROXY TCP4 192.0.2.1", "\r", kFields},
      {"two blanks before the destination", "PROXY TCP4 192.0.2.1 ", " ", kDestination},
      {"another family", "PROXY TCP4 192.0.2.1 ", ":", kDestination},
      {"a port over 65535", before_ports + "6553", "6", kSourcePort},
      {"a zero before a port", before_ports + "0", "1", kSourcePort},
      {"a sign", before_ports, "+", kSourcePort},
      {"no port", before_ports, "\r", kSourcePort},
      {"one port", before_ports + "1", "\r", kFields},
      {"the second port over 65535", before_ports + "1 9999", "9", kDestinationPort},
      {"a blank at the end", before_ports + "1 2", " ", kFields},
      {"LF alone", before_ports + "1 2", "\n", kFields},
      {"CR alone", before_ports + "1 2\r", "x", "a CR without its LF"},
      {"UNKNOWN that leaves no room for CRLF", "PROXY UNKNOWN " + std::string(91, 'x'), "x", kLong},
      {"UNKNOWN that leaves no room for LF", "PROXY UNKNOWN " + std::string(91, 'x') + "\r", "x",
       kLong},
  });
  for (const BadRow& row : rows) {
    CAPTURE(row.name);
    for (std::size_t size = 0; size <= row.good.size(); ++size) {
      CAPTURE(size);
      CHECK(shown(read_proxy_header(as_bytes(row.good.substr(0, size)))) == "...");
    }
    CHECK(outcome(test::in_parts_of(row.good + row.bad, 1)).after == (row.good + row.bad).size());
    check({row.name, row.good + row.bad, "malformed: " + std::string(row.fault)});
    check({row.name, row.good + row.bad + " and more\r\n", "malformed: " + std::string(row.fault)});
  }
}

TEST_CASE("a header of version 2 is read at every split (section 2.2)") {
  const std::string v6 =
      "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "
      "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 dc 04 01 bb ";
  const std::string mapped =
      "00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 01 "
      "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 dc 04 01 bb ";
  const auto rows = std::to_array<Row>({
      {"TCP over IPv4", v2("21 11 00 0c c0 00 02 01 c0 00 02 02 dc 04 01 bb 47"),
       "28 192.0.2.1|56324 192.0.2.2|443"},
      {"UDP over IPv4", v2("21 12 00 0c c0 00 02 01 c0 00 02 02 dc 04 01 bb"),
       "28 192.0.2.1|56324 192.0.2.2|443"},
      {"TCP over IPv6", v2("21 21 00 24" + v6), "52 2001:db8::1|56324 2001:db8::2|443"},
      {"IPv4 inside IPv6", v2("21 21 00 24" + mapped), "52 192.0.2.1|56324 2001:db8::2|443"},
      {"unix sockets", v2("21 31 00 d8") + std::string(216, 'x'), "232 |0 |0"},
      {"LOCAL", v2("20 00 00 00"), "16 - -"},
      {"LOCAL with a block, whatever it says", v2("20 ff 00 03 01 02 03"), "19 - -"},
      {"AF_UNSPEC", v2("21 00 00 00"), "16 - -"},
      {"AF_UNSPEC with a block", v2("21 00 00 02 01 02"), "18 - -"},
      {"a transport that is unspecified", v2("21 10 00 0c c0 00 02 01 c0 00 02 02 dc 04 01 bb"),
       "28 - -"},
      {"a TLV (NOOP) behind the addresses",
       v2("21 11 00 11 c0 00 02 01 c0 00 02 02 dc 04 01 bb 04 00 02 61 62 47"),
       "33 192.0.2.1|56324 192.0.2.2|443"},
      {"two TLVs, one without a value",
       v2("21 11 00 15 c0 00 02 01 c0 00 02 02 dc 04 01 bb 04 00 00 02 00 03 61 62 63"),
       "37 192.0.2.1|56324 192.0.2.2|443"},
      {"unfinished", v2("21 11 00 0c c0 00 02 01 c0 00 02 02 dc 04 01"), "..."},
      {"another version", v2("11 11 00 0c"), "malformed: its version is not 2"},
      {"another command", v2("22 11 00 0c"), "malformed: its command is neither LOCAL nor PROXY"},
      {"another family", v2("21 41 00 0c"), "malformed: an address family that is not known"},
      {"another transport", v2("21 13 00 0c"), "malformed: a transport protocol that is not known"},
      {"too short for IPv4", v2("21 11 00 0b"), "malformed: too short for its addresses"},
      {"too short for IPv6", v2("21 21 00 23"), "malformed: too short for its addresses"},
      {"too short for unix sockets", v2("21 31 00 d7"), "malformed: too short for its addresses"},
      {"half a TLV, known from the length", v2("21 11 00 0e"),
       "malformed: a TLV is cut short by the header's end"},
      {"a TLV that is too long", v2("21 11 00 10 c0 00 02 01 c0 00 02 02 dc 04 01 bb 04 00 02"),
       "malformed: a TLV is longer than the header"},
      {"another signature", test::hex("0d 0a 0d 0a 00 0d 0b"),
       "malformed: the connection begins with no PROXY header"},
  });
  for (const Row& row : rows) check(row);
}

// The CRC-32C of RFC 9260 appendix A, bit by bit.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78U : 0);
  }
  return ~crc;
}

TEST_CASE("a checksum is held against the whole header (section 2.2.3)") {
  REQUIRE(crc32c("123456789") == 0xE3069283U);  // the check value that everybody has
  const std::string head = v2("21 11 00 17 c0 00 02 01 c0 00 02 02 dc 04 01 bb 03 00 04");
  const std::string noop = test::hex("04 00 01 78");
  const std::uint32_t crc = crc32c(head + std::string(4, '\0') + noop);
  std::string header = head;
  for (const int shift : {24, 16, 8, 0}) header += static_cast<char>(crc >> shift & 0xFF);
  header += noop;
  check({"HAProxy 2.6 with proxy-v2-options crc32c,unique-id",
         v2("21 11 00 1e 7f 00 00 01 7f 00 00 01 e2 2c af cd 03 00 04 48 3a 77 6a "
            "05 00 08 61 62 63 32 30 31 39 36 58"),
         "46 127.0.0.1|57900 127.0.0.1|45005"});
  check({"right", header, "39 192.0.2.1|56324 192.0.2.2|443"});

  for (const std::size_t at : {20U, 27U, 31U, 34U, 38U}) {  // addresses, ports, checksum, NOOP
    CAPTURE(at);
    std::string changed = header;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    check({"wrong", changed, "malformed: the checksum is wrong"});
  }
  check({"not of 4 bytes", v2("21 11 00 12 c0 00 02 01 c0 00 02 02 dc 04 01 bb 03 00 03 01 02 03"),
         "malformed: a checksum that has not 4 bytes"});
  check({"twice",
         header.substr(0, 14) + test::hex("00 1a") + header.substr(16, 19) +
             test::hex("03 00 04 00 00 00 00"),
         "malformed: two checksums"});
}

TEST_CASE("headers are written in the words of the document") {
  struct WriteRow {
    std::string_view name;
    HostAndPort source;
    HostAndPort destination;
    std::string_view v1;
    std::string_view v2;
  };
  const auto rows = std::to_array<WriteRow>({
      {"IPv4",
       {"192.0.2.1", 56324},
       {"192.0.2.2", 443},
       "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
       "21 11 00 0c c0 00 02 01 c0 00 02 02 dc 04 01 bb"},
      {"IPv6",
       {"2001:db8::1", 1},
       {"::1", 65535},
       "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n",
       "21 21 00 24 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "
       "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 01 ff ff"},
      {"IPv4 to IPv6",
       {"192.0.2.1", 1},
       {"::1", 2},
       "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n",
       "21 21 00 24 00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 01 "
       "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 01 00 02"},
      {"IPv6 to IPv4",
       {"::1", 1},
       {"192.0.2.1", 2},
       "PROXY TCP6 ::1 ::ffff:192.0.2.1 1 2\r\n",
       "21 21 00 24 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 "
       "00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 01 00 01 00 02"},
      {"a unix socket", {"", 0}, {"192.0.2.1", 2}, "PROXY UNKNOWN\r\n", "20 00 00 00"},
      {"a name", {"192.0.2.1", 2}, {"chat.example", 2}, "PROXY UNKNOWN\r\n", "20 00 00 00"},
  });
  for (const WriteRow& row : rows) {
    CAPTURE(row.name);
    CHECK(proxy_header_v1(row.source, row.destination) == row.v1);
    CHECK(proxy_header_v2(row.source, row.destination) == v2(row.v2));
  }
}

TEST_CASE("property: what is written is read back at every split, and never malformed before") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto any_address = [&] {
    IpBytes ip{};
    if (test::once_in(random, 2)) ip[10] = ip[11] = 0xFF;
    for (std::size_t i = is_ipv4(ip) ? 12 : 0; i < 16; ++i) {
      if (!test::once_in(random, 3)) ip[i] = static_cast<std::uint8_t>(random());
    }
    return HostAndPort{ip_text(ip), static_cast<std::uint16_t>(random())};
  };
  for (int round = 0; round < 200; ++round) {
    const HostAndPort source = any_address();
    const HostAndPort destination = any_address();
    for (const std::string& header :
         {proxy_header_v1(source, destination), proxy_header_v2(source, destination)}) {
      CAPTURE(header);
      REQUIRE(header.size() <= kLongestProxyHeader);
      const std::string expected =
          std::to_string(header.size()) + " " + shown(source) + " " + shown(destination);
      CHECK(outcome(test::in_parts_of(header, 1)).text == expected);
      CHECK(outcome(test::whole(header + "GET / HTTP/1.1")).text == expected);
    }
  }
}

TEST_CASE("property: every beginning of an address can begin one") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kCharacters = "0129.:::af";
  int accepted = 0;
  for (int round = 0; round < 300'000; ++round) {
    std::string text(random() % 14, '0');
    for (char& c : text) c = kCharacters[random() % kCharacters.size()];
    const bool is_v6 = text.contains(':');
    if (!parse_ip(text)) continue;
    ++accepted;
    const std::string line = (is_v6 ? "PROXY TCP6 " : "PROXY TCP4 ") + text + " ";
    for (std::size_t size = 0; size <= line.size(); ++size) {
      CAPTURE(line.substr(0, size));
      REQUIRE(read_proxy_header(as_bytes(line.substr(0, size))).state == State::incomplete);
    }
  }
  CHECK(accepted > 500);
}

TEST_CASE("version 2 says with its sixteenth byte how long it will be") {
  const std::string header = proxy_header_v2({"192.0.2.1", 1}, {"192.0.2.2", 2});
  for (std::size_t size = 0; size < header.size(); ++size) {
    CAPTURE(size);
    const ProxyHeaderRead read = read_proxy_header(as_bytes(header.substr(0, size)));
    CHECK(read.state == State::incomplete);
    CHECK(read.size == (size < 16 ? 0 : header.size()));
  }
}

}  // namespace
}  // namespace lastframe::proxying
