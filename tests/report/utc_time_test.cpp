#include "report/utc_time.h"

#include <doctest/doctest.h>

#include <array>

namespace lastframe::report {
namespace {

TEST_CASE("a time of RFC 3339 in UTC is read and written") {
  // Worked out with date -u -d 2026-11-20T19:00:01Z +%s.
  const WallTime time(std::chrono::microseconds(1'795'201'201'234'567));
  CHECK(parse_utc("2026-11-20T19:00:01.234567Z") == time);
  CHECK(parse_utc("2026-11-20T19:00:01.234567891Z") == time);
  CHECK(parse_utc("1970-01-01T00:00:00Z") == WallTime{});
  CHECK(parse_utc("2026-11-20T19:00:01.2Z") ==
        WallTime(std::chrono::microseconds(1'795'201'201'200'000)));
  CHECK(utc_seconds(time) == "2026-11-20T19:00:01Z");
  CHECK(readable_utc(time) == "2026-11-20 19:00:01");
}

TEST_CASE("what is no such time is none") {
  for (const std::string_view text : std::to_array<std::string_view>(
           {"", "Z", "2026-11-20", "2026-11-20T19:00:01", "2026-11-20T19:00:01+01:00",
            "2026-11-20 19:00:01Z", "2026-13-20T19:00:01Z", "2026-02-29T00:00:00Z",
            "2026-11-20T24:00:00Z", "2026-11-20T19:60:00Z", "2026-11-20T19:00:61Z",
            "2026-11-20T19:00:01.Z", "2026-11-20T19:00:01.x1Z", "2026-11-20T19:00:01.1234567x9Z",
            "2026-11-20T19:00:01.1234567890Z", "-026-11-20T19:00:01Z", "1969-12-31T23:59:59Z",
            "9999-01-01T00:00:00Z", "2026-11-20T19:00:01Zx"})) {
    CAPTURE(text);
    CHECK_FALSE(parse_utc(text).has_value());
  }
}

}  // namespace
}  // namespace lastframe::report
