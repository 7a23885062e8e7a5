#include "core/ws/masking.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

std::string unmasked(std::string_view payload, const MaskingKey& key, std::uint64_t offset = 0) {
  std::vector<std::byte> result(payload.size());
  unmask(as_bytes(payload), key, offset, result);
  return std::string(as_text(result));
}

constexpr MaskingKey kKey{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

TEST_CASE("the masked text of RFC 6455 section 5.7 is Hello") {
  CHECK(unmasked(test::hex("7f 9f 4d 51 58"), kKey) == "Hello");
}

TEST_CASE("a payload that comes in parts is unmasked as if it came whole") {
  const std::string masked = test::hex("7f 9f 4d 51 58 7f 9f 4d 51");
  std::string expected;
  test::at_every_split(masked, [&](const test::Split& split) {
    std::string result;
    test::feed_parts(split,
                     [&](std::string_view part) { result += unmasked(part, kKey, result.size()); });
    if (expected.empty()) expected = result;
    CAPTURE(split.name);
    CHECK(result == expected);
  });
}

TEST_CASE("the key goes on at any offset, the largest of all included") {
  // RFC 6455 section 5.3: "j = i MOD 4".
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{4},
        std::uint64_t{1} << 62, std::numeric_limits<std::uint64_t>::max()}) {
    CAPTURE(offset);
    const std::string zeros(5, '\0');
    const std::string result = unmasked(zeros, kKey, offset);
    for (std::size_t i = 0; i < zeros.size(); ++i) {
      CHECK(static_cast<std::byte>(result[i]) == kKey[(offset % 4 + i) % 4]);
    }
  }
}

TEST_CASE("property: masking twice gives the payload back") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 200; ++run) {
    const std::string payload = test::random_bytes(random, test::below(random, 100));
    MaskingKey key;
    for (std::byte& byte : key) byte = static_cast<std::byte>(random() & 0xFF);
    const std::uint64_t offset = random();
    CHECK(unmasked(unmasked(payload, key, offset), key, offset) == payload);
  }
}

}  // namespace
}  // namespace lastframe::ws
