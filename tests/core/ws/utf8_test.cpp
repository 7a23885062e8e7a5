#include "core/ws/utf8.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "support/hex.h"
#include "support/seeds.h"

namespace lastframe::ws {
namespace {

// RFC 3629 section 3: the bytes of a code point.
std::string encoded(char32_t c) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), tail(c)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), tail(c >> 6), tail(c)};
  return {static_cast<char>(0xF0 | c >> 18), tail(c >> 12), tail(c >> 6), tail(c)};
}

TEST_CASE("every code point up to U+10FFFF is valid, but for the surrogates") {
  for (char32_t c = 0; c <= 0x1FFFFF; ++c) {
    const bool is_expected = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    if (is_valid_utf8(encoded(c)) != is_expected) {
      CAPTURE(static_cast<unsigned>(c));
      CHECK(is_valid_utf8(encoded(c)) == is_expected);
    }
  }
}

TEST_CASE("what is not UTF-8 is told from what is, and mended visibly") {
  struct Row {
    std::string_view name;
    std::string text;
    std::string mended;  // equal to text: valid
  };
  const std::string r = "\xEF\xBF\xBD";
  const auto rows = std::to_array<Row>({
      {"nothing", "", ""},
      {"ASCII with a zero byte", std::string("a\0b", 3), std::string("a\0b", 3)},
      {"RFC 3629 section 7, A<NOT IDENTICAL TO><ALPHA>.", test::hex("41 e2 89 a2 ce 91 2e"),
       test::hex("41 e2 89 a2 ce 91 2e")},
      {"RFC 3629 section 7, four bytes", test::hex("ef bb bf f0 a3 8e b4"),
       test::hex("ef bb bf f0 a3 8e b4")},
      {"RFC 3629 section 10, overlong NUL", test::hex("c0 80"), r + r},
      {"RFC 3629 section 10, overlong slash", test::hex("2f c0 ae 2e 2f"), "/" + r + r + "./"},
      {"continuation alone", test::hex("80"), r},
      {"two bytes, cut", test::hex("c3"), r},
      {"three bytes, cut after two", test::hex("e2 82"), r},
      {"four bytes, cut after three", test::hex("f0 9f 98"), r},
      {"cut in the middle of text", test::hex("e2 82 41"), r + "A"},
      {"overlong in three bytes", test::hex("e0 80 80"), r + r + r},
      {"surrogate", test::hex("ed a0 80"), r + r + r},
      {"above U+10FFFF", test::hex("f4 90 80 80"), r + r + r + r},
      {"lead byte that never is", test::hex("f5 80 41"), r + r + "A"},
      {"FE and FF", test::hex("fe ff"), r + r},
      // The Unicode Standard, section 3.9, table 3-8 and the two before it.
      {"table 3-8", test::hex("c0 af e0 80 bf f0 81 82 41"), r + r + r + r + r + r + r + r + "A"},
      {"table 3-9", test::hex("ed a0 80 ed bf bf ed af 41"), r + r + r + r + r + r + r + r + "A"},
      {"table 3-10", test::hex("f4 91 92 93 ff 41 80 bf 42"),
       r + r + r + r + r + "A" + r + r + "B"},
      {"table 3-11", test::hex("e1 80 e2 f0 91 92 f1 bf 41"), r + r + r + r + "A"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(is_valid_utf8(row.text) == (row.text == row.mended));
    CHECK(with_replacements(row.text) == row.mended);
  }
}

TEST_CASE("property: a mended text is valid, and mending it again changes nothing") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 2000; ++run) {
    std::string text = test::random_bytes(random, test::below(random, 80));
    // Lead and continuation bytes meet more often than chance has it.
    for (char& byte : text) {
      if (test::once_in(random, 2))
        byte = "\xE2\x82\xAC\xED\xA0\xF4\x90\xF0\x80"[test::below(random, 9)];
    }
    const std::string mended = with_replacements(text);
    CHECK(is_valid_utf8(mended));
    CHECK(with_replacements(mended) == mended);
    if (is_valid_utf8(text)) CHECK(mended == text);
  }
}

}  // namespace
}  // namespace lastframe::ws
