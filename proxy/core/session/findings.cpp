#include "core/session/findings.h"

#include <algorithm>

#include "core/ws/rule_table.h"

namespace lastframe::session {

bool Findings::add(const ws::Violation& found, Moment at) {
  if (!store_) store_ = std::make_unique<Store>();
  if (row_of(found.rule).severity != ws::Severity::info) {
    ++store_->violation_count;
    if (store_->violations.size() < kMostListedViolations) {
      store_->violations.push_back(found);
      store_->moments.push_back(at);
    }
    return true;
  }
  const auto known = std::ranges::find_if(store_->notes, [&](const Note& note) {
    return note.first.rule == found.rule && note.first.side == found.side;
  });
  if (known != store_->notes.end()) {
    ++known->count;
  } else {
    store_->notes.push_back({.first = found, .count = 1});
  }
  return false;
}

void Findings::copy_into(SessionReport& report) const {
  if (!store_) return;
  report.violations = store_->violations;
  report.violation_moments = store_->moments;
  report.violation_count = store_->violation_count;
  report.notes = store_->notes;
}

}  // namespace lastframe::session
