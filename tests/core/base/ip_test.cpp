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

}  // namespace
}  // namespace lastframe
