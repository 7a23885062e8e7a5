#include "core/session/seen_code.h"

#include <algorithm>

#include "core/ws/rule_table.h"

namespace lastframe::session {
namespace {

// Of the handshake, the outcome says whether it failed; what comes behind a Close is ignored.
bool fails_the_connection(const ws::Violation& violation) {
  return row_of(violation.rule).severity == ws::Severity::violation && violation.frame > 0 &&
         violation.rule != ws::Rule::data_after_close;
}

}  // namespace

ws::CloseCode code_seen_by(Endpoint endpoint, const SessionReport& report) {
  const auto& received = report.close_frames[index(other(endpoint))];
  const bool is_broken = std::ranges::any_of(report.violations, [&](const ws::Violation& v) {
    return v.side == other(endpoint) && fails_the_connection(v);
  });
  return received && !is_broken ? received->reported : ws::CloseCode::abnormal_closure;
}

}  // namespace lastframe::session
