#include "capture/tcp_stream.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "support/seeds.h"

using namespace lastframe;
using capture::Missed;
using capture::TcpStream;

namespace {

constexpr std::size_t kHistory = 64;

class Told final : public capture::TcpStreamEvents {
 public:
  void on_bytes(ByteView bytes) override { text += as_text(bytes); }
  void on_missed(std::uint64_t offset, std::uint64_t count, Missed why) override {
    text += std::string(why == Missed::lost ? "<lost " : "<snapped ") + std::to_string(count) +
            " at " + std::to_string(offset) + ">";
  }
  void on_contradiction(std::uint64_t offset, std::uint64_t count) override {
    contradictions.push_back(std::to_string(offset) + "+" + std::to_string(count));
  }
  void on_end() override { text += "<end>"; }

  std::string text;
  std::vector<std::string> contradictions;
};

struct Part {
  std::uint32_t at;  // counts from the stream's first byte
  std::string text;
  bool is_last = false;
  std::uint32_t length = 0;  // where more were on the wire
};

// Where streams begin: an ordinary number, and such that the numbers wrap within the text.
constexpr std::uint32_t kFirst[] = {1000, 0, 0xFFFFFFFF, 0xFFFFFFFC, 0x7FFFFFFC};

bool take(TcpStream& stream, std::uint32_t first, const Part& part, Told& told) {
  const auto length = std::max(part.length, static_cast<std::uint32_t>(part.text.size()));
  return stream.take({.sequence = first + part.at,
                      .bytes = as_bytes(part.text),
                      .length = length,
                      .is_last = part.is_last},
                     kHistory, told);
}

Told told_of(const std::vector<Part>& parts, std::uint32_t first = 1000) {
  TcpStream stream;
  stream.anchor(first);
  Told told;
  for (const Part& part : parts) take(stream, first, part, told);
  CHECK(!stream.has_hole());
  CHECK(stream.held() == 0);
  return told;
}

}  // namespace

TEST_CASE("parts in any order give the same text, wherever the numbers begin") {
  const std::vector<Part> parts{{0, "ab"}, {2, "cde"}, {5, "f"}, {6, "ghij"}, {10, "", true}};
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    std::vector<Part> shuffled;
    for (const std::size_t i : order) shuffled.push_back(parts[i]);
    for (const std::uint32_t first : kFirst) {
      CAPTURE(first);
      const Told told = told_of(shuffled, first);
      CHECK(told.text == "abcdefghij<end>");
      CHECK(told.contradictions.empty());
    }
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("property: whatever comes twice, overlaps or comes late, each byte is told once") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (int round = 0; round < 2000; ++round) {
    std::vector<Part> parts;
    for (int i = 0; i < 12; ++i) {
      const auto at = static_cast<std::uint32_t>(random() % text.size());
      parts.push_back({at, text.substr(at, 1 + random() % 12)});
    }
    for (std::uint32_t at = 0; at < text.size(); at += 7) parts.push_back({at, text.substr(at, 7)});
    parts.push_back({static_cast<std::uint32_t>(text.size()), "", true});
    std::ranges::shuffle(parts, random);
    const Told told = told_of(parts, kFirst[round % 5]);
    REQUIRE(told.text == text + "<end>");
    REQUIRE(told.contradictions.empty());
  }
}

TEST_CASE("what comes again is told as such, and not twice") {
  TcpStream stream;
  stream.anchor(1000);
  Told told;
  CHECK(!take(stream, 1000, {0, "abc"}, told));
  CHECK(take(stream, 1000, {0, "abc"}, told));
  CHECK(take(stream, 1000, {1, "bcde"}, told));
  CHECK(!take(stream, 1000, {5, "", true}, told));
  CHECK(take(stream, 1000, {5, "", true}, told));
  CHECK(told.text == "abcde<end>");
}

TEST_CASE("other bytes in the same place are a contradiction, and the first ones count") {
  struct Row {
    const char* name;
    std::vector<Part> parts;
    std::string text;
    std::vector<std::string> contradictions;
  };
  const std::vector<Row> rows{
      {"all of it", {{0, "abc"}, {0, "abX"}}, "abc", {"0+3"}},
      {"in front of new bytes", {{0, "abc"}, {1, "bXde"}}, "abcde", {"1+2"}},
      {"while it waits", {{0, "a"}, {2, "cd"}, {1, "bXd"}}, "abcd", {"2+2"}},
      {"around what waits", {{2, "c"}, {0, "abXde"}}, "abcde", {"2+1"}},
      {"the same bytes are none", {{0, "abc"}, {1, "bcd"}, {0, "abcd"}}, "abcd", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Told told = told_of(row.parts);
    CHECK(told.text == row.text);
    CHECK(told.contradictions == row.contradictions);
  }
}

TEST_CASE("a keep-alive probe is neither a repetition nor a contradiction") {
  TcpStream stream;
  stream.anchor(1000);
  Told told;
  take(stream, 1000, {0, "abc"}, told);
  CHECK(!take(stream, 1000, {2, "?"}, told));
  CHECK(told.text == "abc");
  CHECK(told.contradictions.empty());
}

TEST_CASE("a packet that was cut short leaves out its rest, also where it waited") {
  CHECK(told_of({{0, "ab", false, 5}, {5, "fg"}}).text == "ab<snapped 3 at 2>fg");
  CHECK(told_of({{2, "cd", false, 6}, {0, "ab"}, {8, "i"}}).text == "abcd<snapped 4 at 4>i");
  CHECK(told_of({{0, "", false, 3}, {3, "d", true}}).text == "<snapped 3 at 0>d<end>");
}

TEST_CASE("a hole shows in what stands behind it, in an end, or in an acknowledgement") {
  for (const std::uint32_t first : kFirst) {
    CAPTURE(first);
    TcpStream stream;
    stream.anchor(first);
    Told told;
    take(stream, first, {0, "ab"}, told);
    CHECK(!stream.has_hole());
    stream.note_acknowledged(first + 2);
    CHECK(!stream.has_hole());
    SUBCASE("behind it") {
      take(stream, first, {5, "fg"}, told);
      CHECK(stream.has_hole());
      CHECK(!stream.is_hole_acknowledged());
      stream.note_acknowledged(first + 7);
      CHECK(stream.is_hole_acknowledged());
      stream.give_hole_up(told);
      CHECK(told.text == "ab<lost 3 at 2>fg");
    }
    SUBCASE("an end") {
      take(stream, first, {4, "", true}, told);
      CHECK(stream.has_hole());
      stream.give_hole_up(told);
      CHECK(told.text == "ab<lost 2 at 2><end>");
    }
    SUBCASE("an acknowledgement") {
      stream.note_acknowledged(first + 9);
      CHECK(stream.is_hole_acknowledged());
      stream.give_hole_up(told);
      CHECK(told.text == "ab<lost 7 at 2>");
    }
    CHECK(!stream.has_hole());
    CHECK(stream.held() == 0);
  }
}

TEST_CASE("nothing is told behind the end, in whatever order it came") {
  CHECK(told_of({{0, "ab"}, {2, "", true}, {2, "cd"}}).text == "ab<end>");
  CHECK(told_of({{2, "cdef"}, {4, "", true}, {0, "ab"}}).text == "abcd<end>");
  CHECK(told_of({{6, "x"}, {3, "c", true}, {0, "abc"}}).text == "abcc<end>");
}

TEST_CASE("what is sent and not acknowledged is counted, a FIN is not") {
  TcpStream stream;
  stream.anchor(0xFFFFFFFE);
  Told told;
  take(stream, 0xFFFFFFFE, {0, "abcdef"}, told);
  CHECK(stream.unacknowledged() == 6);
  stream.note_acknowledged(2);
  CHECK(stream.unacknowledged() == 2);
  take(stream, 0xFFFFFFFE, {6, "", true}, told);
  CHECK(stream.unacknowledged() == 2);
  stream.note_acknowledged(5);
  CHECK(stream.unacknowledged() == 0);
}
