#include "tools/demo_scenario.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/ws/rule_table.h"
#include "tools/demo_closes.h"
#include "tools/demo_faults.h"

namespace lastframe::tools {

Outcome outcome_of(const session::SessionReport& report) {
  Outcome outcome{.kind = report.kind,
                  .code = static_cast<unsigned>(report.code),
                  .ending = report.ending,
                  .initiator = report.initiator,
                  .handshake = report.handshake.outcome,
                  .first_rule = std::nullopt};
  // Whether the request was read before the upstream turned out to be away is a matter of time.
  if (report.kind == session::RecordKind::connect_failed) outcome.handshake.reset();
  if (!report.violations.empty()) outcome.first_rule = report.violations.front().rule;
  return outcome;
}

std::string to_text(const Outcome& outcome) {
  return fmt::format("{} {} {} by {}, handshake {}, {}", name(outcome.kind), outcome.code,
                     name(outcome.ending), name(outcome.initiator),
                     outcome.handshake ? name(*outcome.handshake) : "not seen",
                     outcome.first_rule ? ws::row_of(*outcome.first_rule).id : "no rule broken");
}

std::vector<Scenario> demo_scenarios() {
  std::vector<Scenario> all = close_scenarios();
  for (auto more : {drop_scenarios(), malformed_scenarios(), handshake_scenarios()}) {
    std::ranges::move(more, std::back_inserter(all));
  }
  return all;
}

}  // namespace lastframe::tools
