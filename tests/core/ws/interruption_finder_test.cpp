#include "core/ws/interruption_finder.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

// RFC 9112 section 4: HTTP-version SP status-code, with the version 1.0 or 1.1; written out a byte
// at a time, without regard to speed.
bool is_response(std::string_view text) {
  if (text.size() < 12 || !text.starts_with("HTTP/1.")) return false;
  if (text[7] != '0' && text[7] != '1') return false;
  if (text[8] != ' ') return false;
  return text.substr(9, 3).find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::size_t> first_response(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_response(text.substr(at))) return at;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> last_response(std::string_view text) {
  for (std::size_t at = text.size(); at > 0; --at) {
    if (is_response(text.substr(at - 1))) return at - 1;
  }
  return std::nullopt;
}

struct Finding {
  std::optional<std::uint64_t> place;
  std::string beginning;

  bool operator==(const Finding&) const = default;
};

Finding find_last(const test::Split& split) {
  InterruptionFinder finder;
  Finding finding;
  std::uint64_t fed = 0;
  test::feed_parts(split, [&](std::string_view part) {
    const std::optional<std::uint64_t> place = finder.feed(as_bytes(part));
    if (place) {
      // The twelfth byte lies in this part: what the caller collects needs no earlier one.
      REQUIRE(*place + kInterruptionSize > fed);
      REQUIRE(*place + kInterruptionSize <= fed + part.size());
      finding.place = place;
    }
    fed += part.size();
  });
  if (finding.place) finding.beginning = as_text(finder.beginning());
  return finding;
}

TEST_CASE("the beginning of an HTTP response is found, and nothing that only looks like one") {
  struct Row {
    std::string_view name;
    std::string_view text;
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"nothing", "", {}, {}},
      {"a status line", "HTTP/1.1 502 Bad Gateway\r\n", 0, 0},
      {"HTTP/1.0", "HTTP/1.0 408 Request Time-out", 0, 0},
      {"no more than the twelve bytes", "HTTP/1.1 200", 0, 0},
      {"one byte less", "HTTP/1.1 20", {}, {}},
      {"behind other bytes", "{\"a\":1HTTP/1.1 504 Gateway Time-out", 6, 6},
      {"behind an H", "HHTTP/1.1 504", 1, 1},
      {"behind a beginning", "HTTP/1.HTTP/1.1 504", 7, 7},
      {"two of them", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", 0, 25},
      {"two of them, one behind the other", "HTTP/1.1 100HTTP/1.0 200", 0, 12},
      {"a request", "GET / HTTP/1.1\r\nHost: a", {}, {}},
      {"HTTP/1.2", "HTTP/1.2 200 OK", {}, {}},
      {"HTTP/2", "HTTP/2 200 OK     ", {}, {}},
      {"lower case", "http/1.1 200 OK", {}, {}},
      {"no space", "HTTP/1.1-200 OK", {}, {}},
      {"a letter in the status", "HTTP/1.1 2o0 OK", {}, {}},
      {"two digits", "HTTP/1.1 20 OK", {}, {}},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(find_http_response(as_bytes(row.text)) == row.first);
    CHECK(find_http_response_in_blocks(as_bytes(row.text)) == row.first);
    test::at_every_split(row.text, [&](const test::Split& split) {
      CAPTURE(split.name);
      const Finding finding = find_last(split);
      CHECK(finding.place == row.last);
      if (row.last) CHECK(finding.beginning == row.text.substr(*row.last, 12));
    });
  }
}

// Turns of 256, blocks of 64, and what is left of them: every place of a response in memory of
// every size up to two turns and a bit. In noise that sends the search through all of its steps,
// and in one that does not.
TEST_CASE("a response is found at each place of a text of each size") {
  constexpr std::string_view kResponse = "HTTP/1.1 503";
  for (const std::string_view noise : {"HTT//TTPH", "."}) {
    for (std::size_t size = kResponse.size(); size <= 600; size += size < 280 ? 1 : 13) {
      for (std::size_t place = 0; place + kResponse.size() <= size; ++place) {
        std::string text(size, '.');
        for (std::size_t at = 0; at < size; ++at) text[at] = noise[at % noise.size()];
        text.replace(place, kResponse.size(), kResponse);
        if (find_http_response(as_bytes(text)) != place ||
            find_http_response_in_blocks(as_bytes(text)) != place) {
          FAIL_CHECK("noise ", noise, ", size ", size, ", place ", place);
        }
      }
    }
  }
}

TEST_CASE("of several responses the first is found, however far behind it the others stand") {
  constexpr std::string_view kResponse = "HTTP/1.0 200";
  for (std::size_t first = 0; first < 300; first += 7) {
    for (std::size_t next = first + kResponse.size(); next < 580; next += 3) {
      std::string text(600, 'T');
      text.replace(first, kResponse.size(), kResponse);
      text.replace(next, kResponse.size(), kResponse);
      if (find_http_response(as_bytes(text)) != first ||
          find_http_response_in_blocks(as_bytes(text)) != first) {
        FAIL_CHECK("first ", first, ", next ", next);
      }
    }
  }
}

TEST_CASE("each byte that differs at each place of the twelve is judged as RFC 9112 has it") {
  constexpr std::string_view kResponse = "HTTP/1.0 999";
  for (std::size_t place = 0; place < kResponse.size(); ++place) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string text(kResponse);
      text[place] = static_cast<char>(byte);
      const bool is_expected = is_response(text);
      const std::string padded = std::string(70, '.') + text + std::string(90, '.');
      const bool is_found = find_http_response(as_bytes(text)).has_value();
      const bool is_found_in_long = find_http_response(as_bytes(padded)) == 70u;
      const std::string long_text = std::string(301, '.') + text + std::string(260, '.');
      const bool is_found_in_turns = find_http_response(as_bytes(long_text)) == 301u;
      const bool is_found_in_parts = find_last(test::in_parts_of(text, 1)).place.has_value();
      if (is_found != is_expected || is_found_in_long != is_expected ||
          is_found_in_turns != is_expected || is_found_in_parts != is_expected) {
        FAIL_CHECK("place ", place, ", byte ", byte);
      }
    }
  }
}

TEST_CASE("a finder that was reset has forgotten what it was fed") {
  InterruptionFinder finder;
  CHECK_FALSE(finder.feed(as_bytes("xyzHTTP/1.1 ")));
  finder.reset();
  CHECK_FALSE(finder.feed(as_bytes("502 Bad Gateway")));
  finder.reset();
  CHECK(finder.feed(as_bytes("aHTTP/1.0 404")) == 1u);
  CHECK(as_text(finder.beginning()) == "HTTP/1.0 404");
}

TEST_CASE("the beginning of a match is kept over parts of no bytes") {
  InterruptionFinder finder;
  CHECK_FALSE(finder.feed(as_bytes("HTTP/1.1 5")));
  CHECK_FALSE(finder.feed({}));
  CHECK(finder.feed(as_bytes("04 x")) == 0u);
  CHECK_FALSE(finder.feed({}));
  CHECK(as_text(finder.beginning()) == "HTTP/1.1 504");
}

TEST_CASE("property: the last response is found wherever the stream is cut") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr auto kPieces = std::to_array<std::string_view>(
      {"HTTP/1.1 502", "HTTP/1.0 200", "HTTP/1.1 ", "HTTP/", "H", "T", "/1.", "1 ", "40", "x"});
  for (int run = 0; run < 400; ++run) {
    CAPTURE(run);
    std::string text;
    for (unsigned pieces = test::below(random, 30); pieces > 0; --pieces) {
      text += kPieces[test::below(random, static_cast<unsigned>(kPieces.size()))];
    }
    REQUIRE(find_http_response(as_bytes(text)) == first_response(text));
    REQUIRE(find_http_response_in_blocks(as_bytes(text)) == first_response(text));
    const Finding expected{
        .place = last_response(text),
        .beginning = last_response(text) ? text.substr(*last_response(text), 12) : std::string()};
    test::at_every_split(text, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(find_last(split) == expected);
    });
    CHECK(find_last(test::in_parts_of(text, 1 + test::below(random, 40))) == expected);
  }
}

}  // namespace
}  // namespace lastframe::ws
