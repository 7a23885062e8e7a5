#include "core/ws/text_openings.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/seeds.h"

namespace lastframe::ws {
namespace {

constexpr MaskingKey kKey{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

std::string masked(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<char>(std::byte(result[i]) ^ kKey[i % 4]);
  }
  return result;
}

bool matches(const TextOpenings& openings, std::string_view text) {
  const bool is_match = openings.match(as_bytes(text), MaskingKey{});
  CHECK(openings.match(as_bytes(masked(text)), kKey) == is_match);
  return is_match;
}

TEST_CASE("a message is matched by what it begins with, under its mask too") {
  TextOpenings openings;
  CHECK(openings.is_empty());
  CHECK_FALSE(matches(openings, "a"));
  for (const char* opening : {"{\"type\":\"ping\"", "{\"type\":6", "c["}) openings.add(opening);
  CHECK_FALSE(openings.is_empty());
  CHECK(matches(openings, "{\"type\":\"ping\""));
  CHECK(matches(openings, "{\"type\":\"ping\",\"message\":1}"));
  CHECK(matches(openings, "{\"type\":6}\x1e"));
  CHECK(matches(openings, "c[3000,\"Go away!\"]"));
  CHECK_FALSE(matches(openings, "{\"type\":\"message\"}"));
  CHECK_FALSE(matches(openings, "{\"type\":\"pin"));
  CHECK_FALSE(matches(openings, "c"));
  CHECK_FALSE(matches(openings, ""));
}

TEST_CASE("a text of one byte is a whole message") {
  TextOpenings openings;
  openings.add("2");
  openings.add("3p");
  CHECK(matches(openings, "2"));
  CHECK_FALSE(matches(openings, "2p"));
  CHECK_FALSE(matches(openings, "3"));
  CHECK(matches(openings, "3probe"));
}

TEST_CASE("all 256 first bytes are told apart") {
  for (int only = 0; only < 256; ++only) {
    TextOpenings openings;
    openings.add(std::string(1, static_cast<char>(only)));
    for (int other = 0; other < 256; ++other) {
      CHECK(openings.may_begin_with(static_cast<std::byte>(other)) == (only == other));
    }
  }
}

TEST_CASE("a text longer than a message is no opening of it") {
  TextOpenings openings;
  openings.add("ok.");
  openings.add(std::string(100'000, 'x'));
  openings.add("");
  CHECK(matches(openings, "ok."));
  CHECK(matches(openings, std::string(100'000, 'x')));
  CHECK_FALSE(matches(openings, std::string(99'999, 'x')));
  CHECK_FALSE(matches(openings, "ok"));
}

TEST_CASE("property: a match is what a list of texts would say") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    TextOpenings openings;
    std::vector<std::string> list;
    const auto text = [&] {
      std::string result(test::below(random, 2) * 14, 'a');
      for (unsigned size = test::below(random, 5); size > 0; --size) {
        result += static_cast<char>('a' + test::below(random, 3));
      }
      return result;
    };
    for (unsigned count = test::below(random, 5); count > 0; --count) {
      list.push_back(text());
      openings.add(list.back());
    }
    for (int i = 0; i < 20; ++i) {
      const std::string message = text();
      bool is_expected = false;
      for (const std::string& opening : list) {
        if (opening.empty()) continue;
        is_expected |= opening.size() == 1 ? message == opening : message.starts_with(opening);
      }
      CAPTURE(message);
      CHECK(matches(openings, message) == is_expected);
    }
  }
}

}  // namespace
}  // namespace lastframe::ws
