#include "core/ws/utf8.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"
#include "support/utf8_reference.h"

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

// A client's payload is masked, a server's is not (RFC 6455 section 5.3).
struct Masking {
  std::string_view name;
  std::optional<MaskingKey> key;
  std::uint64_t offset;  // of the text within its frame's payload
};

constexpr MaskingKey key_of(unsigned a, unsigned b, unsigned c, unsigned d) {
  return {std::byte(a), std::byte(b), std::byte(c), std::byte(d)};
}

constexpr MaskingKey kKey = key_of(0x37, 0xfa, 0x21, 0x3d);

constexpr auto kMaskings = std::to_array<Masking>({
    {"from the server", std::nullopt, 0},
    {"from the client", kKey, 0},
    {"from the client, one byte on", kKey, 1},
    {"from the client, two bytes on", kKey, 2},
    {"from the client, far on", kKey, (std::uint64_t{1} << 62) + 3},
    {"from the client, key of zeros", key_of(0, 0, 0, 0), 0},
    {"from the client, key that changes one byte in four to look like ASCII", key_of(0x80, 0, 0, 0),
     3},
    {"from the client, key of ones", key_of(0xff, 0xff, 0xff, 0xff), 1},
});

std::string on_the_wire(std::string_view text, const Masking& masking) {
  std::string bytes(text);
  if (masking.key) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::byte octet = (*masking.key)[(masking.offset % 4 + i) % 4];
      bytes[i] = static_cast<char>(static_cast<std::byte>(bytes[i]) ^ octet);
    }
  }
  return bytes;
}

// Parts of what stands on the wire, fed until one is at fault. The place is within the whole.
class Feeding {
 public:
  explicit Feeding(const Masking& masking) : masking_(masking) {}

  void feed(std::string_view part) {
    if (reading_.fault) return;
    const auto place =
        masking_.key ? stream_.feed_masked(as_bytes(part), *masking_.key, masking_.offset + size_)
                     : stream_.feed(as_bytes(part));
    if (place) {
      REQUIRE(*place < part.size());
      reading_.fault = size_ + *place;
    }
    size_ += part.size();
    reading_.is_between_characters = !place && stream_.is_between_characters();
  }

  const test::Utf8Reading& reading() const { return reading_; }

 private:
  Masking masking_;
  Utf8Stream stream_;
  std::size_t size_ = 0;
  test::Utf8Reading reading_;
};

test::Utf8Reading read(const test::Split& split, const Masking& masking) {
  Feeding feeding(masking);
  test::feed_parts(split, [&](std::string_view part) { feeding.feed(part); });
  return feeding.reading();
}

test::Utf8Reading read_whole(std::string_view text) {
  Feeding feeding(kMaskings[0]);
  feeding.feed(text);
  return feeding.reading();
}

static_assert(sizeof(Utf8Stream) == 1, "there are two for each connection");

TEST_CASE("the first byte at fault is found at every split, in either direction") {
  constexpr std::optional<std::size_t> kNone;
  struct Row {
    std::string_view name;
    std::string text;
    std::optional<std::size_t> fault;
    bool is_between_characters;
  };
  const std::string runs(70, 'a');
  const auto rows = std::to_array<Row>({
      {"nothing", "", kNone, true},
      {"RFC 6455 section 5.7, Hello", "Hello", kNone, true},
      {"RFC 3629 section 7, A<NOT IDENTICAL TO><ALPHA>.", test::hex("41 e2 89 a2 ce 91 2e"), kNone,
       true},
      {"RFC 3629 section 7, four bytes", test::hex("ef bb bf f0 a3 8e b4"), kNone, true},
      {"RFC 3629 section 10, overlong NUL", test::hex("c0 80"), 0, false},
      {"RFC 3629 section 10, overlong slash", test::hex("2f c0 ae 2e 2f"), 1, false},
      {"RFC 3629 section 10, overlong NUL behind ASCII", runs + test::hex("c0 80"), 70, false},
      {"continuation alone", test::hex("80"), 0, false},
      {"continuation too many", test::hex("c3 a9 a9"), 2, false},
      {"two bytes, cut", test::hex("c3"), kNone, false},
      {"three bytes, cut after two", test::hex("e2 82"), kNone, false},
      {"four bytes, cut after three", test::hex("f0 9f 98"), kNone, false},
      {"two bytes, broken off", test::hex("c3 28"), 1, false},
      {"three bytes, broken off in the second", test::hex("e2 28 a1"), 1, false},
      {"three bytes, broken off in the third", test::hex("e2 82 28"), 2, false},
      {"four bytes, broken off in the fourth", test::hex("f0 9f 98 28"), 3, false},
      {"broken off by the next character", test::hex("e2 82 e2 82 ac"), 2, false},
      {"largest overlong of two bytes", test::hex("c1 bf"), 0, false},
      {"smallest of two bytes", test::hex("c2 80"), kNone, true},
      {"largest overlong of three bytes", test::hex("e0 9f bf"), 1, false},
      {"smallest of three bytes", test::hex("e0 a0 80"), kNone, true},
      {"last before the surrogates", test::hex("ed 9f bf"), kNone, true},
      {"first surrogate", test::hex("ed a0 80"), 1, false},
      {"a pair of surrogates", test::hex("ed a0 bd ed b8 80"), 1, false},
      {"last surrogate", test::hex("ed bf bf"), 1, false},
      {"first behind the surrogates", test::hex("ee 80 80"), kNone, true},
      {"U+FFFE and U+FFFF are no characters, but valid", test::hex("ef bf be ef bf bf"), kNone,
       true},
      {"largest overlong of four bytes", test::hex("f0 8f bf bf"), 1, false},
      {"smallest of four bytes", test::hex("f0 90 80 80"), kNone, true},
      {"U+10FFFF", test::hex("f4 8f bf bf"), kNone, true},
      {"U+110000", test::hex("f4 90 80 80"), 1, false},
      {"lead byte above all", test::hex("f5 80 80 80"), 0, false},
      {"five bytes", test::hex("f8 88 80 80 80"), 0, false},
      {"FE and FF", test::hex("61 fe ff"), 1, false},
      {"fault behind many characters", runs + test::hex("e7 b6 b2") + runs + test::hex("ff"), 143,
       false},
  });
  for (const Row& row : rows) {
    const test::Utf8Reading expected{row.fault, row.is_between_characters};
    CHECK(test::read_utf8(row.text) == expected);
    for (const Masking& masking : kMaskings) {
      test::at_every_split(on_the_wire(row.text, masking), [&](const test::Split& split) {
        CAPTURE(row.name);
        CAPTURE(masking.name);
        CAPTURE(split.name);
        CHECK(read(split, masking) == expected);
      });
    }
  }
}

TEST_CASE("after reset a text begins anew, inside a character or after a fault") {
  Utf8Stream stream;
  REQUIRE_FALSE(stream.feed(as_bytes(test::hex("e2 82"))));
  CHECK_FALSE(stream.is_between_characters());
  stream.reset();
  CHECK(stream.is_between_characters());
  CHECK_FALSE(stream.feed(as_bytes("a")));
  CHECK(stream.feed(as_bytes(test::hex("ff"))) == 0);
  stream.reset();
  CHECK_FALSE(stream.feed(as_bytes(test::hex("e2 82 ac"))));
  CHECK(stream.is_between_characters());
}

TEST_CASE("a part without bytes changes nothing") {
  Utf8Stream stream;
  REQUIRE_FALSE(stream.feed(as_bytes(test::hex("e2 82"))));
  CHECK_FALSE(stream.feed({}));
  CHECK_FALSE(stream.feed_masked({}, kKey, 2));
  CHECK_FALSE(stream.is_between_characters());
  CHECK_FALSE(stream.feed(as_bytes(test::hex("ac"))));
  CHECK(stream.is_between_characters());
}

TEST_CASE("every string of up to three bytes is read as RFC 3629 section 4 has it") {
  const auto check = [](std::string_view text, bool is_allowed, const test::Utf8Reference& at_end) {
    Utf8Stream stream;
    const auto fault = stream.feed(as_bytes(text));
    const auto expected = is_allowed ? std::nullopt : std::optional(text.size() - 1);
    if (fault != expected ||
        (is_allowed && stream.is_between_characters() != at_end.is_between_characters())) {
      const test::Utf8Reading reading = test::read_utf8(text);
      CAPTURE(std::string(text));
      CHECK(fault == reading.fault);
      CHECK(stream.is_between_characters() == reading.is_between_characters);
    }
  };
  std::string text(3, '\0');
  for (unsigned a = 0; a < 256; ++a) {
    text[0] = static_cast<char>(a);
    test::Utf8Reference one;
    const bool is_one_allowed = one.take(static_cast<unsigned char>(a));
    check(std::string_view(text).substr(0, 1), is_one_allowed, one);
    if (!is_one_allowed) continue;
    for (unsigned b = 0; b < 256; ++b) {
      text[1] = static_cast<char>(b);
      test::Utf8Reference two = one;
      const bool is_two_allowed = two.take(static_cast<unsigned char>(b));
      check(std::string_view(text).substr(0, 2), is_two_allowed, two);
      if (!is_two_allowed) continue;
      for (unsigned c = 0; c < 256; ++c) {
        text[2] = static_cast<char>(c);
        test::Utf8Reference three = two;
        const bool is_three_allowed = three.take(static_cast<unsigned char>(c));
        check(text, is_three_allowed, three);
      }
    }
  }
}

// Both sides of each border in RFC 3629 section 4.
constexpr std::string_view kBorders =
    "\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5\xFF"
    "a";

TEST_CASE("four bytes at the borders are read alike, alone and behind a text of any length") {
  const std::string before = [] {
    std::string text;
    while (text.size() < 4200) text += test::hex("e7 b6 b2 61 62");
    return text;
  }();
  // Where four bytes more end a short part, lie across registers, or across a block's end.
  std::vector<std::string> texts;
  for (const std::size_t size : {0, 15, 60, 4090, 4095}) texts.push_back(before.substr(0, size));
  for (const char a : kBorders) {
    // Else the first byte decides nothing about the next three, or is itself at fault.
    if (static_cast<unsigned char>(a) < 0xC2 || static_cast<unsigned char>(a) > 0xF4) continue;
    for (const char b : kBorders) {
      for (const char c : kBorders) {
        for (const char d : kBorders) {
          const std::array four{a, b, c, d};
          const test::Utf8Reading alone = test::read_utf8({four.data(), four.size()});
          for (std::string& text : texts) {
            const std::size_t at = text.size();
            text.append(four.data(), four.size());
            test::Utf8Reading expected = alone;
            if (expected.fault) *expected.fault += at;
            const test::Utf8Reading reading = read_whole(text);
            if (reading != expected) {
              CAPTURE(text.substr(at));
              CAPTURE(at);
              CHECK(reading == expected);
            }
            text.resize(at);
          }
        }
      }
    }
  }
}

TEST_CASE("all characters in one text are valid in parts of any size, in either direction") {
  std::string text;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c < 0xD800 || c > 0xDFFF) text += encoded(c);
  }
  for (const Masking& masking : kMaskings) {
    const std::string bytes = on_the_wire(text, masking);
    for (const std::size_t size : {7, 64, 1000, 4096, 4099, 70'000, 5'000'000}) {
      CAPTURE(masking.name);
      CAPTURE(size);
      CHECK(read(test::in_parts_of(bytes, size), masking) == test::Utf8Reading{});
    }
  }
}

TEST_CASE("each character is valid in itself, cut at each place") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string text = encoded(c);
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      Feeding feeding(kMaskings[c % kMaskings.size()]);
      const std::string bytes = on_the_wire(text, kMaskings[c % kMaskings.size()]);
      feeding.feed(std::string_view(bytes).substr(0, cut));
      const bool is_right =
          !feeding.reading().fault && feeding.reading().is_between_characters == (cut == 0);
      feeding.feed(std::string_view(bytes).substr(cut));
      if (!is_right || feeding.reading() != test::Utf8Reading{}) {
        CAPTURE(static_cast<unsigned>(c));
        CAPTURE(cut);
        CHECK(is_right);
        CHECK(feeding.reading() == test::Utf8Reading{});
      }
    }
  }
}

TEST_CASE("ASCII of every size up to 300 is told from all else, wherever that stands") {
  for (const Masking& masking : kMaskings) {
    const auto is_found_ascii = [&](std::string_view bytes) {
      const ByteView view = as_bytes(bytes);
      return masking.key ? is_ascii_masked(view, *masking.key, masking.offset) : is_ascii(view);
    };
    CAPTURE(masking.name);
    const std::uint64_t word =
        masking.key ? key_word_at(*masking.key, masking.offset) : std::uint64_t{0};
    for (std::size_t size = 0; size <= 300; ++size) {
      CAPTURE(size);
      std::string text(size, '\x7F');
      if (size > 1) text[size / 2] = '\0';
      std::string bytes = on_the_wire(text, masking);
      bytes.shrink_to_fit();
      CHECK(is_found_ascii(bytes));
      if (size >= 16) CHECK(ascii_size_in_blocks(as_bytes(bytes), word) == size);
      for (std::size_t at = 0; at < size; ++at) {
        bytes[at] = static_cast<char>(bytes[at] ^ '\x80');
        const bool is_right =
            !is_found_ascii(bytes) && ascii_size_in_blocks(as_bytes(bytes), word) <= at;
        CAPTURE(at);
        REQUIRE(is_right);
        bytes[at] = static_cast<char>(bytes[at] ^ '\x80');
      }
    }
  }
}

TEST_CASE("a fault at any place in a text of any size up to 300 is found there") {
  for (const std::string_view piece : {std::string_view("a"), std::string_view("\xE7\xB6\xB2"),
                                       std::string_view("ab \xC3\xA9 \xF0\x9F\x98\x80")}) {
    std::string text;
    while (text.size() < 310) text += piece;
    for (const Masking& masking : kMaskings) {
      for (std::size_t size = 1; size <= 300; size += size < 140 ? 1 : 13) {
        std::string bytes = on_the_wire(std::string_view(text).substr(0, size), masking);
        for (std::size_t at = 0; at < size; ++at) {
          const char right = bytes[at];
          const std::string wrong = on_the_wire(std::string(at, '.') + '\xFF', masking).substr(at);
          bytes[at] = wrong[0];
          Feeding feeding(masking);
          feeding.feed(bytes);
          bytes[at] = right;
          CAPTURE(masking.name);
          CAPTURE(size);
          REQUIRE(feeding.reading().fault == at);
        }
      }
    }
  }
}

// Runs of ASCII and of other characters, of lengths from a few bytes to some blocks.
std::string mixed_text(std::mt19937& random, std::size_t size) {
  constexpr auto kOthers = std::to_array<std::string_view>(
      {"\xC3\xA9", "\xE7\xB6\xB2", "\xF0\x9F\x98\x80", "ws\xE7\xB6\xB2", "\xED\x9F\xBF"});
  std::string text;
  while (text.size() < size) {
    const bool is_long = test::once_in(random, 4);
    const unsigned length = 1 + test::below(random, is_long ? 9000 : 300);
    if (test::once_in(random, 2)) {
      text += std::string(length, 'a');
      continue;
    }
    const std::string_view other = kOthers[test::below(random, kOthers.size())];
    for (unsigned i = 0; i < length / 4 + 1; ++i) text += other;
  }
  return text;
}

TEST_CASE("property: a long text with a fault reads as RFC 3629 section 4 has it, however parted") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const std::size_t size : {200, 4096, 5000, 20'000, 70'000, 1 << 20}) {
    for (int run = 0; run < (size > 70'000 ? 4 : 40); ++run) {
      std::string text = mixed_text(random, size);
      // Four times in five one byte is exchanged, which is a fault more often than not.
      if (!test::once_in(random, 5)) {
        const std::size_t at = random() % text.size();
        text[at] = kBorders[test::below(random, static_cast<unsigned>(kBorders.size()))];
      }
      text.resize(text.size() - test::below(random, 4));
      const test::Utf8Reading expected = test::read_utf8(text);
      const Masking& masking = kMaskings[test::below(random, kMaskings.size())];
      const std::string bytes = on_the_wire(text, masking);
      CAPTURE(masking.name);
      CAPTURE(size);
      CAPTURE(run);
      CHECK(read(test::whole(bytes), masking) == expected);
      CHECK(read(test::cut_at(bytes, random() % bytes.size()), masking) == expected);
      const std::size_t parts_of = 1 + random() % 5000;
      CHECK(read(test::in_parts_of(bytes, parts_of), masking) == expected);
      test::Split uneven{.name = "uneven", .parts = {}};
      for (std::size_t at = 0; at < bytes.size(); at += uneven.parts.back().size()) {
        const std::size_t most = test::once_in(random, 2) ? 20 : 10'000;
        uneven.parts.push_back(std::string_view(bytes).substr(at, 1 + random() % most));
      }
      CHECK(read(uneven, masking) == expected);
    }
  }
}

}  // namespace
}  // namespace lastframe::ws
