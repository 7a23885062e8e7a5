// Reads the Prometheus text format, as far as tests of metrics need it.
#pragma once

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::test {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The value of `series`, as `lastframe_closes_total{listener="chat",code="1000"}`.
inline std::optional<double> value_of(const std::string& text, std::string_view series) {
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with(series) || line.size() <= series.size()) continue;
    if (line[series.size()] == ' ') return std::stod(line.substr(series.size()));
  }
  return std::nullopt;
}

// How many lines with values begin so.
inline std::size_t series_count(const std::string& text, std::string_view beginning) {
  const auto lines = lines_of(text);
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return line.starts_with(beginning); }));
}

}  // namespace lastframe::test
