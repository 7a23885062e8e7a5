#include "core/base/ip.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace lastframe {
namespace {

// What the system's own reading says.
std::optional<IpBytes> by_the_system(const std::string& text) {
  IpBytes bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes[10] = bytes[11] = 0xFF;
  if (inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

TEST_CASE("addresses are read as inet_pton reads them") {
  const auto texts = std::to_array<const char*>({
      "127.0.0.1",
      "0.0.0.0",
      "255.255.255.255",
      "256.0.0.1",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.",
      ".1.2.3",
      "01.2.3.4",
      "1.2.3.04",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.+4",
      "1..2.3",
      "1.2.3.4a",
      "1",
      "",
      "::",
      "::1",
      "1::",
      "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::",
      "::2:3:4:5:6:7:8",
      "1::8",
      "1:2:3:4::5:6:7:8",
      "1::2::3",
      ":::",
      ":",
      ":1",
      "1:",
      "12345::",
      "fFfF::AbCd",
      "g::",
      "::ffff:1.2.3.4",
      "::1.2.3.4",
      "1:2:3:4:5:6:1.2.3.4",
      "1:2:3:4:5:6:7:1.2.3.4",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "::1.2.3",
      "64:ff9b::192.0.2.33",
      "fe80::1%eth0",
      "[::1]",
      "::+1",
      "::-1",
      "::0x1",
      "2001:db8:0:0:1:0:0:1",
      "1:2:3:4:5:6:7:",
      "0:0:0:0:0:0:0:0",
      "00000::",
      "::0001",
  });
  for (const std::string text : texts) {
    CAPTURE(text);
    CHECK(parse_ip(text) == by_the_system(text));
  }
}

TEST_CASE("property: any text of address characters is read as inet_pton reads it") {
  constexpr unsigned kSeed = 6455;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  constexpr std::string_view kCharacters = "0125.:::f";
  for (int round = 0; round < 200'000; ++round) {
    std::string text(random() % 16, '0');
    std::ranges::generate(text, [&] { return kCharacters[random() % kCharacters.size()]; });
    if (parse_ip(text) == by_the_system(text)) continue;
    CAPTURE(text);
    CHECK(false);
  }
}

TEST_CASE("addresses are written as RFC 5952 has them") {
  struct Row {
    std::string_view address;
    std::string_view text;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"192.0.2.33", "192.0.2.33"},
      {"::ffff:192.0.2.33", "192.0.2.33"},
      {"0.0.0.0", "0.0.0.0"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:0DB8::0001", "2001:db8::1"},                // sections 4.1 and 4.3
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},         // section 4.2.1
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // section 4.2.2
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // section 4.2.3, the longest
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // section 4.2.3, the first
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:0"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.address);
    CHECK(ip_text(*parse_ip(row.address)) == row.text);
  }
}

TEST_CASE("property: a written address is the one that the system writes, and reads back") {
  constexpr unsigned kSeed = 5952;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20'000; ++round) {
    IpBytes ip{};
    // Many groups are 0; the first is not, for the system writes ::a.b.c.d in its own way.
    for (std::size_t i = 0; i < 16; i += 2) {
      if (i > 0 && random() % 2 == 0) continue;
      ip[i] = static_cast<std::uint8_t>(random() % 4 == 0 ? 0 : random());
      ip[i + 1] = static_cast<std::uint8_t>(random() | 1);
    }
    std::array<char, INET6_ADDRSTRLEN> by_system{};
    inet_ntop(AF_INET6, ip.data(), by_system.data(), by_system.size());
    CAPTURE(by_system.data());
    CHECK(ip_text(ip) == by_system.data());
    CHECK(parse_ip(ip_text(ip)) == ip);
    CHECK_FALSE(is_ipv4(ip));
  }
}

TEST_CASE("addresses that mean this machine or this link are known in every notation") {
  struct Row {
    const char* text;
    bool is_loopback;
    bool is_unspecified;
    bool is_link_local;
  };
  constexpr Row kRows[] = {
      {"127.0.0.1", true, false, false},        {"127.255.0.9", true, false, false},
      {"::ffff:127.0.0.1", true, false, false}, {"::1", true, false, false},
      {"128.0.0.1", false, false, false},       {"::2", false, false, false},
      {"0.0.0.0", false, true, false},          {"::", false, true, false},
      {"::ffff:0.0.0.0", false, true, false},   {"0.0.0.1", false, false, false},
      {"169.254.0.1", false, false, true},      {"169.255.0.1", false, false, false},
      {"fe80::1", false, false, true},          {"febf::1", false, false, true},
      {"fec0::1", false, false, false},         {"2001:db8::1", false, false, false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const IpBytes ip = *parse_ip(row.text);
    CHECK(is_loopback(ip) == row.is_loopback);
    CHECK(is_unspecified(ip) == row.is_unspecified);
    CHECK(is_link_local(ip) == row.is_link_local);
  }
}

}  // namespace
}  // namespace lastframe
