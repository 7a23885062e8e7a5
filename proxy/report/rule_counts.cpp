#include "report/rule_counts.h"

#include <algorithm>
#include <tuple>

namespace lastframe::report {

RuleCounts::Counts* RuleCounts::counts_of(const BrokenRule& broken) {
  const std::string name = std::string(broken.id).append(1, ' ').append(broken.side);
  if (const auto found = counts_.find(name); found != counts_.end()) return &found->second;
  if (counts_.size() >= kMost) return nullptr;
  Counts& counts = counts_[name];
  counts.id = broken.id;
  counts.side = broken.side;
  return &counts;
}

void RuleCounts::add_line(const BrokenRule& broken) {
  if (Counts* const counts = counts_of(broken)) ++counts->lines;
}

void RuleCounts::add_record(std::span<const BrokenRule> broken) {
  ++records_;
  for (const BrokenRule& rule : broken) {
    Counts* const counts = counts_of(rule);
    if (counts == nullptr) continue;
    ++counts->listed;
    if (counts->last_record != records_) ++counts->connections;
    counts->last_record = records_;
  }
}

void RuleCounts::end_source() {
  for (auto& [name, counts] : counts_) {
    counts.times += std::max(counts.lines, counts.listed);
    counts.lines = counts.listed = 0;
  }
}

std::vector<RuleCounts::Row> RuleCounts::rows() const {
  std::vector<Row> rows;
  for (const auto& [name, counts] : counts_) {
    rows.push_back({.id = counts.id,
                    .side = counts.side,
                    .connections = counts.connections,
                    .times = counts.times + std::max(counts.lines, counts.listed)});
  }
  std::ranges::stable_sort(rows, std::ranges::greater{},
                           [](const Row& row) { return std::tuple(row.connections, row.times); });
  return rows;
}

}  // namespace lastframe::report
