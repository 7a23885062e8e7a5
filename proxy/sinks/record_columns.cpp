#include "sinks/record_columns.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <iterator>

namespace lastframe::sinks {
namespace {

// "stream_ends[].how" with `between` for each dot, and without brackets.
std::string plain_path(std::string_view path, char between) {
  std::string name;
  for (const char c : path) {
    if (c == '[' || c == ']') continue;
    name += c == '.' ? between : c;
  }
  return name;
}

}  // namespace

std::string name_of(const RecordColumn& column, RecordNames names) {
  if (names == RecordNames::lastframe) {
    return column.column.empty() ? plain_path(column.path, '_') : std::string(column.column);
  }
  const std::string_view given = names == RecordNames::ecs ? column.ecs : column.opentelemetry;
  return given.empty() ? "websocket." + plain_path(column.path, '.') : std::string(given);
}

std::size_t index_of(std::string_view path) {
  const auto row = std::ranges::find(kRecordColumns, path, &RecordColumn::path);
  assert(row != kRecordColumns.end());
  return static_cast<std::size_t>(std::distance(kRecordColumns.begin(), row));
}

}  // namespace lastframe::sinks
