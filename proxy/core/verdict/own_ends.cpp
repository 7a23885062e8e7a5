// Ends that this proxy made itself, and connections that it could not follow.
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {

std::optional<Finding> ended_by_us(const Case& facts) {
  if (facts.report.initiator != session::Initiator::proxy) return std::nullopt;
  if (facts.report.ending == session::Ending::timeout) {
    return Finding(Cause::proxy_timeout, Confidence::certain,
                   {"A time-out that is set in this proxy's configuration ran out after " +
                    time_text(facts.age) + "; neither side had ended the connection."});
  }
  return Finding(Cause::proxy_shutdown, Confidence::certain,
                 {"This proxy was told to stop, and ended the connection " + time_text(facts.age) +
                  " after it had opened."});
}

std::optional<Finding> lost_track(const Case& facts) {
  if (!facts.report.is_opaque) return std::nullopt;
  return Finding(Cause::not_followed, Confidence::unknown,
                 {"The answer to the upgrade could not be read, or more came before it than is "
                  "watched: from there on the connection was only relayed."});
}

}  // namespace lastframe::verdict
