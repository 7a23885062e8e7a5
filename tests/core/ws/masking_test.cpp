#include "core/ws/masking.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
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

// RFC 6455 section 5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-j" with
// "j = i MOD 4".
std::string transformed(std::string_view payload, const MaskingKey& key, std::uint64_t offset) {
  std::string result;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    const unsigned octet = std::to_integer<unsigned>(key[(offset % 4 + i) % 4]);
    result += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ octet);
  }
  return result;
}

constexpr MaskingKey key_of(unsigned a, unsigned b, unsigned c, unsigned d) {
  return {std::byte(a), std::byte(b), std::byte(c), std::byte(d)};
}

constexpr MaskingKey kKey = key_of(0x37, 0xfa, 0x21, 0x3d);

constexpr std::array kKeys{kKey, key_of(0, 0, 0, 0), key_of(0xff, 0xff, 0xff, 0xff),
                           key_of(0x80, 0, 0, 0), key_of(0, 0, 0, 1)};

TEST_CASE("the masked text of RFC 6455 section 5.7 is Hello") {
  CHECK(unmasked(test::hex("7f 9f 4d 51 58"), kKey) == "Hello");
}

TEST_CASE("a payload that comes in parts is unmasked as if it came whole") {
  std::mt19937 random(test::seed());
  const std::string payload = test::random_bytes(random, 150);
  for (const MaskingKey& key : kKeys) {
    const std::string expected = transformed(payload, key, 0);
    test::at_every_split(payload, [&](const test::Split& split) {
      std::string result;
      test::feed_parts(
          split, [&](std::string_view part) { result += unmasked(part, key, result.size()); });
      CAPTURE(split.name);
      CHECK(result == expected);
    });
  }
}

TEST_CASE("the key goes on at any offset, the largest of all included") {
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{4},
        std::uint64_t{1} << 62, std::numeric_limits<std::uint64_t>::max()}) {
    for (const std::size_t size : {5, 64}) {
      CAPTURE(offset);
      const std::string zeros(size, '\0');
      CHECK(unmasked(zeros, kKey, offset) == transformed(zeros, kKey, offset));
    }
  }
}

TEST_CASE("every size up to 300 is unmasked, and nothing behind it is written") {
  std::mt19937 random(test::seed());
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string payload = test::random_bytes(random, size);
    for (const MaskingKey& key : kKeys) {
      for (std::uint64_t offset = 0; offset < 4; ++offset) {
        const std::string expected = transformed(payload, key, offset);
        std::string result(size + 64, '#');
        unmask(as_bytes(payload), key, offset, std::as_writable_bytes(std::span(result)));
        const bool is_right = result == expected + std::string(64, '#');
        CAPTURE(size);
        CAPTURE(offset);
        REQUIRE(is_right);
      }
    }
  }
}

TEST_CASE("neither the payload nor the result need be aligned") {
  std::mt19937 random(test::seed());
  const std::string bytes = test::random_bytes(random, 400);
  for (const std::size_t size : {3, 7, 15, 31, 33, 64, 129, 300}) {
    for (std::size_t from = 0; from < 33; ++from) {
      for (std::size_t to = 0; to < 33; ++to) {
        const std::string_view payload = std::string_view(bytes).substr(from, size);
        std::string result(400, '#');
        unmask(as_bytes(payload), kKey, 1, std::as_writable_bytes(std::span(result).subspan(to)));
        const bool is_right =
            result.substr(to, size) == transformed(payload, kKey, 1) &&
            std::ranges::count(result.substr(0, to), '#') == static_cast<std::ptrdiff_t>(to);
        CAPTURE(size);
        CAPTURE(from);
        CAPTURE(to);
        REQUIRE(is_right);
      }
    }
  }
}

TEST_CASE("a payload may be unmasked where it stands") {
  std::mt19937 random(test::seed());
  for (std::size_t size = 0; size <= 300; ++size) {
    for (std::uint64_t offset = 0; offset < 4; ++offset) {
      const std::string payload = test::random_bytes(random, size);
      std::string place = payload;
      unmask(as_bytes(place), kKey, offset, std::as_writable_bytes(std::span(place)));
      const bool is_right = place == transformed(payload, kKey, offset);
      CAPTURE(size);
      CAPTURE(offset);
      REQUIRE(is_right);
    }
  }
}

TEST_CASE("the way that every CPU can go gives the same") {
  std::mt19937 random(test::seed());
  for (std::size_t size = 33; size <= 300; ++size) {
    const std::string payload = test::random_bytes(random, size);
    std::string result(size, '#');
    std::string place = payload;
    const std::uint64_t word = key_word_at(kKey, 3);
    unmask_in_blocks(as_bytes(payload), word, std::as_writable_bytes(std::span(result)).data());
    unmask_in_blocks(as_bytes(place), word, std::as_writable_bytes(std::span(place)).data());
    CAPTURE(size);
    CHECK(result == transformed(payload, kKey, 3));
    CHECK(place == result);
  }
}

TEST_CASE("property: masking twice gives the payload back") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 200; ++run) {
    const std::string payload = test::random_bytes(random, test::below(random, 1000));
    MaskingKey key;
    for (std::byte& byte : key) byte = static_cast<std::byte>(random() & 0xFF);
    const std::uint64_t offset = random();
    CHECK(unmasked(unmasked(payload, key, offset), key, offset) == payload);
  }
}

}  // namespace
}  // namespace lastframe::ws
