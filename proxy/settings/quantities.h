// Numbers, times and sizes as people write them in a configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace lastframe::settings {

// Decimal digits without a leading zero, at most 2^63 - 1. The errors have no `where`.
std::expected<std::uint64_t, Error> parse_whole_number(std::string_view text);

// "250ms", "25s", "5m", "1h": a whole number and one unit.
std::expected<std::chrono::milliseconds, Error> parse_duration(std::string_view text);

// "512B", "256KiB", "1MiB", "2GiB": bytes.
std::expected<std::uint64_t, Error> parse_size(std::string_view text);

// The shortest way to write them: 25000 ms is "25s", 262144 bytes are "256KiB".
std::string duration_text(std::chrono::milliseconds duration);
std::string size_text(std::uint64_t bytes);

}  // namespace lastframe::settings
