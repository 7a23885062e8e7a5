#include "settings/quantities.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lastframe::settings {
namespace {

struct Row {
  std::string_view text;
  std::optional<std::uint64_t> expected;  // absent: a mistake
  std::string_view what = {};
};

template <typename Parsed>
void check(const Row& row, const Parsed& parsed, std::uint64_t value) {
  CAPTURE(row.text);
  REQUIRE(parsed.has_value() == row.expected.has_value());
  if (parsed) {
    CHECK(value == *row.expected);
    return;
  }
  CHECK(parsed.error().where.empty());
  CHECK(parsed.error().what.contains(row.what));
  CHECK_FALSE(parsed.error().remedy.empty());
}

TEST_CASE("a whole number has decimal digits and no leading zero") {
  const auto rows = std::to_array<Row>({
      {"0", 0},
      {"1", 1},
      {"10", 10},
      {"9223372036854775807", 9223372036854775807},
      {"9223372036854775808", std::nullopt, "too large"},
      {"99999999999999999999", std::nullopt, "too large"},
      {"010", std::nullopt, "starts with a zero"},
      {"00", std::nullopt, "starts with a zero"},
      {"", std::nullopt, "not a whole number"},
      {"-1", std::nullopt, "not a whole number"},
      {"+1", std::nullopt, "not a whole number"},
      {"1.0", std::nullopt, "not a whole number"},
      {"1e3", std::nullopt, "not a whole number"},
      {"0x10", std::nullopt, "not a whole number"},
      {"1_000", std::nullopt, "not a whole number"},
      {" 1", std::nullopt, "not a whole number"},
  });
  for (const Row& row : rows) {
    const auto parsed = parse_whole_number(row.text);
    check(row, parsed, parsed.value_or(0));
  }
}

TEST_CASE("a time is a whole number and one unit") {
  const auto rows = std::to_array<Row>({
      {"0ms", 0},
      {"250ms", 250},
      {"25s", 25'000},
      {"5m", 300'000},
      {"1h", 3'600'000},
      {"9223372036854775807ms", 9223372036854775807},
      {"2562047788015h", 9223372036854000000},
      {"2562047788016h", std::nullopt, "too large"},
      {"25", std::nullopt, "has no unit"},
      {"0", std::nullopt, "has no unit"},
      {"025s", std::nullopt, "starts with a zero"},
      {"1.5s", std::nullopt, "not a time"},
      {"1h30m", std::nullopt, "not a time"},
      {"25 s", std::nullopt, "not a time"},
      {"25S", std::nullopt, "not a time"},
      {"1d", std::nullopt, "not a time"},
      {"-1s", std::nullopt, "not a time"},
      {"s", std::nullopt, "not a time"},
      {"", std::nullopt, "not a time"},
  });
  for (const Row& row : rows) {
    const auto parsed = parse_duration(row.text);
    check(row, parsed,
          static_cast<std::uint64_t>(parsed.value_or(std::chrono::milliseconds(0)).count()));
  }
}

TEST_CASE("a size is a whole number and one unit") {
  const auto rows = std::to_array<Row>({
      {"0B", 0},
      {"512B", 512},
      {"256KiB", 262'144},
      {"1MiB", 1'048'576},
      {"2GiB", 2'147'483'648},
      {"8589934591GiB", 9223372035781033984},
      {"8589934592GiB", std::nullopt, "too large"},
      {"65536", std::nullopt, "has no unit"},
      {"064KiB", std::nullopt, "starts with a zero"},
      {"256KB", std::nullopt, "not a size"},
      {"256kib", std::nullopt, "not a size"},
      {"256k", std::nullopt, "not a size"},
      {"1.5MiB", std::nullopt, "not a size"},
      {"-1B", std::nullopt, "not a size"},
      {"KiB", std::nullopt, "not a size"},
      {"", std::nullopt, "not a size"},
  });
  for (const Row& row : rows) {
    const auto parsed = parse_size(row.text);
    check(row, parsed, parsed.value_or(0));
  }
}

TEST_CASE("times and sizes are written in the largest unit that fits") {
  using std::chrono::milliseconds;
  CHECK(duration_text(milliseconds(0)) == "0ms");
  CHECK(duration_text(milliseconds(250)) == "250ms");
  CHECK(duration_text(milliseconds(25'000)) == "25s");
  CHECK(duration_text(milliseconds(90'000)) == "90s");
  CHECK(duration_text(milliseconds(7'200'000)) == "2h");
  CHECK(size_text(0) == "0B");
  CHECK(size_text(1023) == "1023B");
  CHECK(size_text(262'144) == "256KiB");
  CHECK(size_text(1ULL << 40) == "1024GiB");
}

}  // namespace
}  // namespace lastframe::settings
