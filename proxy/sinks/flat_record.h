// A line of the log as a row: the values of kRecordColumns, found again in its JSON.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/moment.h"
#include "sinks/record_columns.h"

namespace lastframe::sinks {

// Nothing where the line has no such key, null, or another type there.
using FlatValue = std::variant<std::monostate, bool, std::uint64_t, double, WallTime, std::string,
                               std::vector<std::string>>;

struct FlatRecord {
  std::array<FlatValue, kRecordColumns.size()> values;

  // Of a column of one of these types; null where it is absent.
  template <typename T>
  const T* find(std::string_view path) const {
    return std::get_if<T>(&values[index_of(path)]);
  }
  std::string_view text(std::string_view path) const;  // "" where it is absent
};

// None for what is no JSON object.
std::optional<FlatRecord> flatten(std::string_view json);

// "2026-11-20T19:00:01.234567Z", as records write it; none for any other shape.
std::optional<WallTime> parse_record_time(std::string_view text);

}  // namespace lastframe::sinks
