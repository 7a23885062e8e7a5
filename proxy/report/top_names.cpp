#include "report/top_names.h"

#include <algorithm>
#include <tuple>

namespace lastframe::report {
namespace {

void count(NameCounts& counts, bool is_abnormal) {
  ++counts.all;
  if (is_abnormal) ++counts.abnormal;
}

template <typename Weight>
std::vector<TopNames::Row> sorted(std::vector<TopNames::Row> rows, std::size_t most,
                                  const Weight& weight) {
  std::ranges::sort(rows, [&](const TopNames::Row& a, const TopNames::Row& b) {
    return weight(a) != weight(b) ? weight(a) > weight(b) : a.name < b.name;
  });
  rows.resize(std::min(rows.size(), most));
  return rows;
}

}  // namespace

void TopNames::add(std::string_view name, bool is_abnormal) {
  name = name.substr(0, kLongestName);
  count(total_, is_abnormal);
  if (const auto found = counts_.find(name); found != counts_.end()) {
    return count(found->second.counts, is_abnormal);
  }
  if (counts_.size() >= 2 * kept_) give_up_rare_ones();
  Slot& slot = counts_[std::string(name)];
  slot.missed = missed_;
  count(slot.counts, is_abnormal);
}

// A name that comes back may have had as many records as the one with the most that goes: it is
// ranked by what it may have, or a frequent name that is often given up would never be kept.
void TopNames::give_up_rare_ones() {
  const auto weight = [](const Slot& slot) {
    return std::tuple(slot.counts.abnormal + slot.missed.abnormal,
                      slot.counts.all + slot.missed.all);
  };
  std::vector<decltype(weight(Slot{}))> weights;
  weights.reserve(counts_.size());
  for (const auto& [name, slot] : counts_) weights.push_back(weight(slot));
  const auto lowest_kept = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() - kept_);
  std::ranges::nth_element(weights, lowest_kept);
  auto ties = static_cast<std::size_t>(std::count(lowest_kept, weights.end(), *lowest_kept));
  std::erase_if(counts_, [&](const auto& entry) {
    const auto own = weight(entry.second);
    if (own > *lowest_kept) return false;
    if (own == *lowest_kept && ties > 0) return --ties, false;
    missed_.abnormal = std::max(missed_.abnormal, std::get<0>(own));
    missed_.all = std::max(missed_.all, std::get<1>(own));
    return true;
  });
  has_forgotten_ = true;
}

std::vector<TopNames::Row> TopNames::most_frequent(std::size_t most) const {
  std::vector<Row> rows;
  for (const auto& [name, slot] : counts_) rows.push_back({name, slot.counts});
  return sorted(std::move(rows), most,
                [](const Row& row) { return std::pair(row.counts.all, row.counts.abnormal); });
}

std::vector<TopNames::Row> TopNames::most_abnormal(std::size_t most) const {
  std::vector<Row> rows;
  for (const auto& [name, slot] : counts_) {
    if (slot.counts.abnormal > 0) rows.push_back({name, slot.counts});
  }
  return sorted(std::move(rows), most,
                [](const Row& row) { return std::pair(row.counts.abnormal, row.counts.all); });
}

NameCounts TopNames::unnamed() const {
  NameCounts rest = total_;
  for (const auto& [name, slot] : counts_) {
    rest.all -= slot.counts.all;
    rest.abnormal -= slot.counts.abnormal;
  }
  return rest;
}

}  // namespace lastframe::report
