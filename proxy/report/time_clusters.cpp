#include "report/time_clusters.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace lastframe::report {
namespace {

using verdict::EndFacts;
using verdict::TimeShares;

struct Candidate {
  Measure measure;
  std::optional<double> seconds;
  session::Share share;
};

std::optional<double> seconds_of(const std::optional<std::chrono::milliseconds>& time) {
  if (!time) return std::nullopt;
  return std::chrono::duration<double>(*time).count();
}

// A silence says more than an age, which is as long where no byte ever came.
std::array<Candidate, 4> candidates(const EndFacts& facts, const TimeShares& shares) {
  const auto& of_closer = facts.idle_of[index(facts.closer)];
  const auto& of_other = facts.idle_of[index(other(facts.closer))];
  return {{{Measure::idle, seconds_of(facts.idle), shares.idle},
           {Measure::idle_of_closer, seconds_of(of_closer), shares.idle_of_side},
           {Measure::idle_of_other, seconds_of(of_other), shares.idle_of_other},
           {Measure::age, seconds_between(facts.accepted, facts.ended), shares.age}}};
}

// Most of them; or so many that it cannot be chance, beside ends of other kinds.
bool stands_out(const session::Share& share) {
  constexpr std::uint32_t kMany = 10;
  return verdict::is_common(share) || (share.matching >= kMany && 4 * share.matching >= share.of);
}

}  // namespace

void TimeClusters::add(const EndFacts& facts) {
  if (facts.was_cut_by_us || verdict::is_leaving_by_itself(facts.closer, facts.code)) return;
  const auto kind = kinds_.find({facts.closer, facts.code});
  if (kind == kinds_.end() && kinds_.size() >= kMost) return;
  ++kinds_[{facts.closer, facts.code}];
  const TimeShares shares = closes_.learn(facts);
  for (const Candidate& candidate : candidates(facts, shares)) {
    if (!candidate.seconds) continue;
    if (joins(candidate.measure, *candidate.seconds, facts)) return;
    if (!stands_out(candidate.share)) continue;
    return begin(candidate.measure, *candidate.seconds, candidate.share, facts);
  }
}

bool TimeClusters::joins(Measure measure, double seconds, const EndFacts& facts) {
  for (TimeCluster& cluster : clusters_) {
    const bool is_alike =
        cluster.measure == measure && cluster.closer == facts.closer && cluster.code == facts.code;
    const auto mean = static_cast<float>(cluster.mean());
    if (!is_alike || std::abs(seconds - mean) > verdict::tolerance_of(mean)) continue;
    ++cluster.count;
    cluster.sum += seconds;
    cluster.lowest = std::min(cluster.lowest, seconds);
    cluster.highest = std::max(cluster.highest, seconds);
    cluster.first = std::min(cluster.first, facts.ended);
    cluster.last = std::max(cluster.last, facts.ended);
    return true;
  }
  return false;
}

void TimeClusters::begin(Measure measure, double seconds, const session::Share& share,
                         const EndFacts& facts) {
  if (clusters_.size() >= kMost) return;
  // Some of those that match may be counted with another measure already.
  std::uint64_t uncounted = kinds_.at({facts.closer, facts.code});
  for (const TimeCluster& cluster : clusters_) {
    const bool is_of_kind = cluster.closer == facts.closer && cluster.code == facts.code;
    if (is_of_kind) uncounted -= cluster.count;
  }
  const std::uint64_t count = std::min<std::uint64_t>(share.matching, uncounted);
  clusters_.push_back({.measure = measure,
                       .closer = facts.closer,
                       .code = facts.code,
                       .count = count,
                       .sum = seconds * static_cast<double>(count),
                       .lowest = seconds,
                       .highest = seconds,
                       .first = facts.ended,
                       .last = facts.ended});
}

std::vector<TimeCluster> TimeClusters::found() const {
  std::vector<TimeCluster> all = clusters_;
  for (TimeCluster& cluster : all) cluster.of = kinds_.at({cluster.closer, cluster.code});
  std::ranges::stable_sort(all, std::ranges::greater{}, &TimeCluster::count);
  return all;
}

}  // namespace lastframe::report
