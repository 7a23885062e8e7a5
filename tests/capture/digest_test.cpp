#include "capture/digest.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::capture {
namespace {

// The key and the inputs of the test vectors that came with SipHash: 00 01 02 ...
constexpr DigestKey kVectorKey{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};

std::string counting(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
  return bytes;
}

std::uint64_t digest_of(std::string_view bytes, const DigestKey& key = kDefaultDigestKey) {
  Digest digest(key);
  digest.take(as_bytes(bytes));
  return digest.value();
}

TEST_CASE("digests are those of SipHash-2-4's test vectors") {
  struct Row {
    std::size_t size;
    std::uint64_t value;
  };
  for (const Row& row :
       {Row{0, 0x726fdb47dd0e0e31ULL}, Row{1, 0x74f839c593dc67fdULL}, Row{2, 0x0d6c8009d9a94f5aULL},
        Row{3, 0x85676696d7fb7e2dULL}, Row{4, 0xcf2794e0277187b7ULL}, Row{5, 0x18765564cd99a68dULL},
        Row{6, 0xcbc9466e58fee3ceULL}, Row{7, 0xab0200f58b01d137ULL},
        Row{15, 0xa129ca6149be45e5ULL}, Row{63, 0x958a324ceb064572ULL}}) {
    CAPTURE(row.size);
    CHECK(digest_of(counting(row.size), kVectorKey) == row.value);
  }
}

TEST_CASE("property: cuts change no digest, and asking for one changes nothing") {
  const std::string bytes = counting(41);
  const std::uint64_t expected = digest_of(bytes, kVectorKey);
  test::at_every_split(bytes, [&](const test::Split& split) {
    CAPTURE(split.name);
    Digest digest(kVectorKey);
    test::feed_parts(split, [&](std::string_view part) {
      digest.take(as_bytes(part));
      CHECK(digest.value() == digest.value());
    });
    CHECK(digest.value() == expected);
  });
}

TEST_CASE("sizes are part of a digest, also beyond 256 bytes") {
  std::set<std::uint64_t> values;
  for (std::size_t size = 0; size <= 600; ++size) values.insert(digest_of(std::string(size, '\0')));
  CHECK(values.size() == 601);
}

TEST_CASE("a secret gives one key, another secret another one, and both halves differ") {
  CHECK(digest_key_of("0123456789abcdef") == digest_key_of("0123456789abcdef"));
  CHECK(digest_key_of("0123456789abcdef") != digest_key_of("0123456789abcdeg"));
  CHECK(digest_key_of("") != kDefaultDigestKey);
  const DigestKey key = digest_key_of("0123456789abcdef");
  CHECK(key[0] != key[1]);
  CHECK(digest_of("hello", key) != digest_of("hello"));
}

}  // namespace
}  // namespace lastframe::capture
