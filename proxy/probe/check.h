// One check of a path: what was tried, and what came of it.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "probe/dial.h"
#include "probe/request.h"
#include "probe/target.h"

namespace lastframe::probe {

// From what is best to what is worst.
enum class Result : unsigned char { unchanged, altered, lost, timed_out, refused, not_tried };

constexpr std::string_view name(Result result) {
  constexpr std::array<std::string_view, 6> kNames{"unchanged", "altered", "lost",
                                                   "timed out", "refused", "could not be tried"};
  return kNames[static_cast<std::size_t>(result)];
}

struct Row {
  std::string id;     // never renamed: "close_1000"
  std::string title;  // what was tried
  Result result = Result::unchanged;
  std::vector<std::string> findings{};  // sentences; at least one unless it is unchanged
  std::vector<std::string> facts{};     // what is worth knowing all the same
  std::chrono::microseconds took{0};

  void note(Result what, std::string finding) {
    result = std::max(result, what);
    findings.push_back(std::move(finding));
  }
  void note_all(Result what, const std::vector<std::string>& found) {
    for (const std::string& finding : found) note(what, finding);
  }
};

struct PathOptions {
  Target target;
  DialOptions dial;
  std::string origin;
  std::vector<Field> fields;
  std::size_t max_size = 0;                          // bytes of the largest message
  std::optional<std::chrono::milliseconds> longest;  // silence that is tried; absent: none
};

// Fills in the row's result, findings and facts.
struct Check {
  std::string id;
  std::string title;
  std::function<void(const PathOptions&, Row&)> run;
};

}  // namespace lastframe::probe
