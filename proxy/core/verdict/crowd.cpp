// Ends that many connections share at one time.
#include <fmt/core.h>

#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

// An end that an operator's act can have: none of its own reasons is known.
bool may_be_shared(const Case& facts) {
  if (!facts.closer) return false;
  return facts.close == nullptr || facts.code == 1000 || facts.code == 1001 || facts.code == 1005 ||
         facts.code == 1011 || facts.code == 1012 || facts.code == 1013;
}

}  // namespace

std::optional<Finding> mass_close(const Case& facts) {
  const auto& known = facts.report.patterns.mass_close;
  if (!known || !may_be_shared(facts)) return std::nullopt;
  Finding found(Cause::mass_close, Confidence::likely);
  found.says(fmt::format(
      "{} connections of this listener ended from the {}'s side within {}; usual are {:.1f} a "
      "second.",
      known->closes, name(*facts.closer), time_text(known->within), known->usual_per_second));
  found.says(fmt::format("Their ages were {} to {}, so that no time-out of each can explain it.",
                         time_text(known->youngest), time_text(known->oldest)));
  if (facts.code == 1001 || facts.code == 1012) {
    found.says(fmt::format("The code is {}, which a stopping server sends.", facts.code));
    found.may_be(facts.code == 1012 ? Cause::service_restart : Cause::server_shutdown);
  } else if (facts.close == nullptr) {
    found.says("No Close was sent: a crash, a killed process or a reload that cuts connections.");
    found.may_be(Cause::server_crashed);
  }
  return found;
}

std::optional<Finding> gradual_drain(const Case& facts) {
  const auto& known = facts.report.patterns.drain;
  if (!known || !may_be_shared(facts)) return std::nullopt;
  Finding found(Cause::gradual_drain, Confidence::likely);
  found.says(fmt::format(
      "All {} connections that ended lately had been accepted before one moment, {} before this "
      "end; of {} that were accepted after it, none ended.",
      known->closes, time_text(known->since_cutoff), known->open_since));
  if (facts.report.texts[session::Text::server]) {
    found.says("They all went to " + std::string(*facts.report.texts[session::Text::server]) + ".");
  }
  return found.may_be(Cause::lifetime_limit);
}

}  // namespace lastframe::verdict
