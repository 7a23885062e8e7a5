#include "diff/report.h"

#include <algorithm>
#include <utility>

namespace lastframe::diff {
namespace {

KindCount& count_of(Report& report, Kind kind) {
  const auto known = std::ranges::find(report.kinds, kind, &KindCount::kind);
  return known != report.kinds.end() ? *known : report.kinds.emplace_back(KindCount{.kind = kind});
}

}  // namespace

ConnectionFacts facts_of(const Trace& trace) {
  return {.client = trace.client,
          .server = trace.server,
          .accepted = trace.accepted_wall,
          .status = trace.status,
          .is_finished = trace.is_finished};
}

void add(Report& report, PairReport pair) {
  const Comparison& comparison = pair.comparison;
  ++report.by_severity[static_cast<std::size_t>(comparison.severity)];
  report.severity = std::max(report.severity, comparison.severity);
  if (comparison.not_compared() > 0) ++report.incomplete;
  std::vector<Kind> seen;
  for (const Finding& finding : comparison.findings) {
    KindCount& known = count_of(report, finding.kind);
    known.times += finding.count;
    if (std::ranges::find(seen, finding.kind) != seen.end()) continue;
    seen.push_back(finding.kind);
    ++known.connections;
  }
  report.pairs.push_back(std::move(pair));
}

void add_counts(Report& report, const Report& told) {
  for (std::size_t i = 0; i < told.by_severity.size(); ++i) {
    report.by_severity[i] += told.by_severity[i];
  }
  report.severity = std::max(report.severity, told.severity);
  report.incomplete += told.incomplete;
  for (const KindCount& kind : told.kinds) {
    KindCount& known = count_of(report, kind.kind);
    known.connections += kind.connections;
    known.times += kind.times;
  }
  finish(report);
}

void finish(Report& report) {
  std::ranges::stable_sort(report.pairs, std::ranges::greater(),
                           [](const PairReport& pair) { return pair.comparison.severity; });
  std::ranges::stable_sort(report.kinds, std::ranges::greater(), &KindCount::connections);
}

Report report_of(std::array<InputFacts, 2> inputs, const std::vector<Trace>& before,
                 const std::vector<Trace>& after, const CompareOptions& options) {
  Report report;
  report.inputs = std::move(inputs);
  const Pairing pairing = pair_up(before, after);
  for (const Pair& pair : pairing.pairs) {
    const Trace& a = before[pair.before];
    const Trace& b = after[pair.after];
    add(report, {pair.by, facts_of(a), facts_of(b), compare(a, b, options)});
  }
  for (const std::size_t i : pairing.only_before) report.only_before.push_back(facts_of(before[i]));
  for (const std::size_t j : pairing.only_after) report.only_after.push_back(facts_of(after[j]));
  finish(report);
  return report;
}

}  // namespace lastframe::diff
