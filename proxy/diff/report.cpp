#include "diff/report.h"

#include <algorithm>
#include <utility>

namespace lastframe::diff {

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
    auto known = std::ranges::find(report.kinds, finding.kind, &KindCount::kind);
    if (known == report.kinds.end()) {
      report.kinds.push_back({.kind = finding.kind});
      known = report.kinds.end() - 1;
    }
    known->times += finding.count;
    if (std::ranges::find(seen, finding.kind) != seen.end()) continue;
    seen.push_back(finding.kind);
    ++known->connections;
  }
  report.pairs.push_back(std::move(pair));
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
