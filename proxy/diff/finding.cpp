#include "diff/finding.h"

#include <algorithm>
#include <utility>

namespace lastframe::diff {

void Findings::add(Finding finding) {
  const auto found = std::ranges::find_if(all_, [&](const Finding& known) {
    return known.kind == finding.kind && known.direction == finding.direction;
  });
  if (found == all_.end()) {
    all_.push_back(std::move(finding));
    return;
  }
  ++found->count;
  found->severity = std::max(found->severity, finding.severity);
}

Severity worst(const std::vector<Finding>& findings) {
  Severity severity = Severity::transparent;
  for (const Finding& finding : findings) severity = std::max(severity, finding.severity);
  return severity;
}

}  // namespace lastframe::diff
