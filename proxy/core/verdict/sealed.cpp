// TLS that passed through without keys: frames and Closes are sealed, times and ends are not.
#include <fmt/core.h>

#include "core/base/words.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

std::string ended_text(const Case& facts) {
  if (!facts.closer) return "Neither side was seen to end it.";
  return fmt::format(
      "{} {}, {} after the connection had opened{}.", the(*facts.closer),
      end_verb(facts.end_kind().value_or(session::EndKind::fin)), time_text(facts.age),
      facts.idle ? fmt::format(" and {} after the last byte", time_text(*facts.idle)) : "");
}

void say_tls(const session::TlsLeg& leg, Finding& found) {
  if (!leg.server_name.empty()) {
    found.says(fmt::format("The client's hello asked for {}.", in_quotes(leg.server_name)));
  }
  if (leg.version == 0) return;
  const std::uint16_t version[] = {leg.version};
  found.says(fmt::format("{}{}{} had been agreed on.", versions_text(version),
                         leg.cipher.empty() ? "" : " with " + printable(leg.cipher),
                         leg.alpn.empty() ? "" : " for " + printable(leg.alpn)));
}

}  // namespace

std::optional<Finding> sealed_end(const Case& facts) {
  Finding found(Cause::sealed, Confidence::unknown, {ended_text(facts)});
  for (const Direction direction : kDirections) {
    found.says(fmt::format("{} had come from the {}, sealed.",
                           size_text(facts.report.traffic[index(direction)].bytes),
                           name(sender(direction))));
  }
  for (const auto& leg : facts.report.tls) {
    if (!leg) continue;
    say_tls(*leg, found);
    break;
  }
  if (facts.end_kind() == session::EndKind::reset) {
    return found.may_be(facts.closer == Endpoint::client ? Cause::client_gone
                                                         : Cause::server_crashed);
  }
  return found.may_be("an orderly Close, which nobody without keys can see");
}

}  // namespace lastframe::verdict
