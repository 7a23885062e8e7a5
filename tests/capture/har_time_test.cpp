#include "capture/har_time.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lastframe::test {
namespace {

std::int64_t read(std::string_view text) {
  const auto time = capture::read_har_time(text);
  return time ? time->time_since_epoch().count() : -1;
}

TEST_CASE("times as programs write them") {
  struct Row {
    std::string_view text;
    std::int64_t microseconds;
  };
  for (const Row& row :
       {Row{"1970-01-01T00:00:00Z", 0}, Row{"2026-03-05T10:00:01.234Z", 1772704801234000},
        Row{"2026-03-05T11:00:01.234+01:00", 1772704801234000},
        Row{"2026-03-05T04:30:01.234-0530", 1772704801234000},
        Row{"2026-03-05T10:00:01.2345678Z", 1772704801234567},
        Row{"2026-03-05T10:00:01", 1772704801000000},
        Row{"2024-02-29T23:59:60Z", 1709251200000000}}) {
    CAPTURE(row.text);
    CHECK(read(row.text) == row.microseconds);
  }
}

TEST_CASE("what is no time has no value") {
  for (const std::string_view text :
       {"", "2026", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-05",
        "2026-03-05T24:00:00Z", "2026-03-05T10:60:00Z", "2026-03-05T10:00:61Z",
        "2026-03-05T10:00:00.Z", "2026-03-05T10:00:00Zx", "2026-03-05T10:00:00+1",
        "2026-03-05T1x:00:00Z", "0001-01-01T00:00:00Z", "+026-03-05T10:00:00Z"}) {
    CAPTURE(text);
    CHECK(read(text) == -1);
  }
}

TEST_CASE("a time that was written reads back to the microsecond") {
  for (const std::int64_t microseconds :
       {std::int64_t{0}, std::int64_t{1772704801234567}, std::int64_t{951782399999999}}) {
    const WallTime time{std::chrono::microseconds(microseconds)};
    CHECK(read(capture::har_time_text(time)) == microseconds);
  }
  CHECK(capture::har_time_text(WallTime(std::chrono::microseconds(1772704801234567))) ==
        "2026-03-05T10:00:01.234567Z");
}

TEST_CASE("seconds are exact to the microsecond, and no time lies beyond the year 9999") {
  const WallTime time{std::chrono::microseconds(1772704801234567)};
  CHECK(capture::wall_time_of(capture::seconds_of(time)) == time);
  for (const double seconds :
       {-1.0, 1e12, 1e300, std::numeric_limits<double>::infinity(), std::nan("")}) {
    CHECK_FALSE(capture::wall_time_of(seconds));
  }
}

}  // namespace
}  // namespace lastframe::test
