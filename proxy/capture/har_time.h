// Times as a HAR writes them: calendar times as ISO 8601, those of messages as seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/moment.h"

namespace lastframe::capture {

// "2026-11-20T19:00:01.234Z", "...+01:00", with any number of decimals (those behind the sixth are
// dropped). No value: it is no such time, or one before 1970.
std::optional<WallTime> read_har_time(std::string_view text);

// In UTC: "2026-11-20T19:00:01.234567Z". All six decimals, for ends are told from there on.
std::string har_time_text(WallTime time);

// Seconds since 1970 in UTC. No value: negative, or behind the year 9999.
std::optional<WallTime> wall_time_of(double seconds);
double seconds_of(WallTime time);

}  // namespace lastframe::capture
