// Times as logs write them: RFC 3339 in UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/moment.h"

namespace lastframe::report {

// "2026-11-20T19:00:01.234567Z", with 0 to 9 digits behind the point. Nothing for what is no such
// time, and for years that no log is of: before 1970 and from 2200 on.
std::optional<WallTime> parse_utc(std::string_view text);

// "2026-11-20T19:00:01Z"; for people "2026-11-20 19:00:01".
std::string utc_seconds(WallTime time);
std::string readable_utc(WallTime time);

}  // namespace lastframe::report
