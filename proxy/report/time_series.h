// Closes over time: counts in even steps, in bounded memory and whatever the order they come in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/moment.h"
#include "report/kind.h"

namespace lastframe::report {

struct TimeSteps {
  WallTime begin{};
  std::chrono::seconds step{1};
  std::vector<KindCounts> counts;  // one for each step, empty ones too

  bool operator==(const TimeSteps&) const = default;
};

// In the smallest even step with at most `most` (at least 2) of them.
TimeSteps coarser(const TimeSteps& steps, std::size_t most);

class TimeSeries {
 public:
  static constexpr std::size_t kMostSlots = 600;

  void add(WallTime time, Kind kind);

  // From the first to the last close. No step where nothing was added.
  TimeSteps steps(std::size_t most) const;

 private:
  std::size_t level_ = 0;   // of the step's width
  std::int64_t first_ = 0;  // slots_[0] begins at first_ * width
  std::vector<KindCounts> slots_;
};

// "5 s", "15 min", "6 h", "7 d".
std::string step_text(std::chrono::seconds step);

}  // namespace lastframe::report
