#include "report/time_series.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lastframe::report {
namespace {

// Each is a multiple of the one before, so that slots can be put together. The last reaches over
// two centuries.
constexpr auto kWidths = std::to_array<std::int64_t>(
    {1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 86400, 604800, 2419200, 9676800, 38707200});

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct Slots {
  std::int64_t first = 0;
  std::vector<KindCounts> counts;
};

Slots coarser(const std::vector<KindCounts>& counts, std::int64_t first, std::size_t level) {
  const std::int64_t factor = kWidths[level + 1] / kWidths[level];
  Slots out{floor_div(first, factor), {}};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::int64_t slot = floor_div(first + static_cast<std::int64_t>(i), factor) - out.first;
    out.counts.resize(static_cast<std::size_t>(slot) + 1);
    for (std::size_t kind = 0; kind < kKindCount; ++kind) {
      out.counts.back()[kind] += counts[i][kind];
    }
  }
  return out;
}

}  // namespace

void TimeSeries::add(WallTime time, Kind kind) {
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  if (slots_.empty()) first_ = floor_div(second, kWidths[level_]);
  while (true) {
    const std::int64_t slot = floor_div(second, kWidths[level_]);
    const std::int64_t last = first_ + static_cast<std::int64_t>(slots_.size()) - 1;
    const std::int64_t low = std::min(slot, first_);
    const auto needed = static_cast<std::size_t>(std::max(slot, last) - low + 1);
    if (needed > kMostSlots && level_ + 1 < kWidths.size()) {
      Slots wider = coarser(slots_, first_, level_++);
      slots_ = std::move(wider.counts);
      first_ = wider.first;
      continue;
    }
    if (low < first_) slots_.insert(slots_.begin(), static_cast<std::size_t>(first_ - low), {});
    first_ = low;
    slots_.resize(needed);
    ++slots_[static_cast<std::size_t>(slot - first_)][static_cast<std::size_t>(kind)];
    return;
  }
}

TimeSteps TimeSeries::steps(std::size_t most) const {
  const std::chrono::seconds step{kWidths[level_]};
  return coarser(TimeSteps{WallTime(step * first_), step, slots_}, most);
}

TimeSteps coarser(const TimeSteps& steps, std::size_t most) {
  std::size_t level = 0;
  while (kWidths[level] != steps.step.count()) ++level;
  Slots slots{steps.begin.time_since_epoch() / steps.step, steps.counts};
  while (slots.counts.size() > most && level + 1 < kWidths.size()) {
    slots = coarser(slots.counts, slots.first, level++);
  }
  const std::chrono::seconds step{kWidths[level]};
  return {WallTime(step * slots.first), step, std::move(slots.counts)};
}

std::string step_text(std::chrono::seconds step) {
  const std::int64_t count = step.count();
  if (count % 86400 == 0) return std::to_string(count / 86400) + " d";
  if (count % 3600 == 0) return std::to_string(count / 3600) + " h";
  if (count % 60 == 0) return std::to_string(count / 60) + " min";
  return std::to_string(count) + " s";
}

}  // namespace lastframe::report
