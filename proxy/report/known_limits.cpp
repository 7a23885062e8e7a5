#include "report/known_limits.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/base/ranges.h"
#include "core/verdict/sentences.h"
#include "core/verdict/timers.h"

namespace lastframe::report {
namespace {

using catalogue::Counts;
using catalogue::LimitRow;
using catalogue::TimeoutKind;
using catalogue::TimeoutRow;

// Whether such a timer measures what the cluster does.
bool measures(const TimeoutRow& row, const TimeCluster& cluster) {
  const auto counts_bytes_of = [&](Endpoint side) {
    return row.kind == TimeoutKind::idle &&
           row.counts == (side == Endpoint::client ? Counts::client : Counts::server);
  };
  switch (cluster.measure) {
    case Measure::idle:
      return row.kind == TimeoutKind::idle;
    case Measure::idle_of_closer:
      return counts_bytes_of(cluster.closer);
    case Measure::idle_of_other:
      return counts_bytes_of(other(cluster.closer));
    case Measure::age:
      return row.kind == TimeoutKind::lifetime;
  }
  return false;
}

// A row that sends a Close does not explain a bare end, nor the other way round.
bool ends_like(const TimeoutRow& row, const TimeCluster& cluster) {
  return cluster.code ? contains(row.codes, *cluster.code) : row.how != "close";
}

}  // namespace

std::vector<std::string> known_timeouts(const TimeCluster& cluster,
                                        const catalogue::Catalogue& rows, std::size_t most) {
  std::vector<verdict::TimerMatch> found;
  for (const TimeoutRow& row : rows.timeouts) {
    const catalogue::ProductRow* const product = rows.product(row.product);
    if (measures(row, cluster) && ends_like(row, cluster) &&
        verdict::can_stand_at(product, cluster.closer) &&
        verdict::is_near(cluster.mean(), verdict::seconds_of(row))) {
      found.push_back(
          {.row = &row, .product = product, .measured = cluster.mean(), .is_on_path = false});
    }
  }
  verdict::put_best_first(found);
  found.resize(std::min(found.size(), most));
  std::vector<std::string> texts;
  for (const auto& match : found) texts.push_back(verdict::candidate_text(match));
  return texts;
}

std::vector<std::string> known_sizes(std::optional<std::uint64_t> largest_taken,
                                     std::uint64_t smallest_refused,
                                     const catalogue::Catalogue& rows, std::size_t most) {
  std::vector<const LimitRow*> found;
  for (const LimitRow& row : rows.limits) {
    if (row.of != catalogue::LimitOf::message) continue;
    if (row.bytes < smallest_refused && row.bytes >= largest_taken.value_or(0)) {
      found.push_back(&row);
    }
  }
  // The nearest one below what was refused.
  std::ranges::stable_sort(found, std::ranges::greater{}, &LimitRow::bytes);
  found.resize(std::min(found.size(), most));
  std::vector<std::string> texts;
  for (const LimitRow* row : found) {
    const catalogue::ProductRow* const product = rows.product(row->product);
    texts.push_back(fmt::format("{}: {} is {}", product != nullptr ? product->name : row->product,
                                row->setting.empty() ? "its limit" : row->setting,
                                verdict::size_text(row->bytes)));
  }
  return texts;
}

}  // namespace lastframe::report
