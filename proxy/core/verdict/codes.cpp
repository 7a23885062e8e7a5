// What a code means by itself, where nothing else was found.
#include <fmt/core.h>

#include "core/verdict/load.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/rule.h"

namespace lastframe::verdict {
namespace {

// What may stand behind a quiet Close, said without changing the verdict.
void say_doubts(const Case& facts, Finding& found) {
  const auto& pings = facts.report.pings[index(*facts.closer)];
  if (pings && pings->unanswered_since) {
    found.says(fmt::format("A Ping of the {} had waited {} for its Pong, though.",
                           name(*facts.closer), time_text(facts.began - *pings->unanswered_since)));
    found.may_be(Cause::keepalive_unanswered);
  }
  for (const ws::Violation& violation : facts.report.violations) {
    if (violation.rule != ws::Rule::data_after_close) continue;
    found.says(
        fmt::format("The {} went on to send data behind its own Close.", name(violation.side)));
    break;
  }
}

std::string sent_text(const Case& facts) {
  return fmt::format("{} sent {} {} after the connection had opened{}.", the(*facts.closer),
                     close_text(facts.code), time_text(facts.age),
                     facts.answer != nullptr
                         ? fmt::format(", and the {} answered it", name(other(*facts.closer)))
                         : fmt::format(", and the {} sent none", name(other(*facts.closer))));
}

Finding of_code(const Case& facts, Cause cause, Confidence confidence) {
  Finding found(cause, confidence, {sent_text(facts)});
  if (!facts.close->reason.empty()) found.says(reason_sentence(facts));
  return found;
}

// 1012 to 1014 are for servers and gateways: on the client's side, a hop may be one.
Finding of_servers_code(const Case& facts, Cause cause) {
  Finding found = of_code(facts, cause, Confidence::likely);
  if (*facts.closer == Endpoint::server) return found;
  found.confidence = Confidence::possible;
  found.summary =
      fmt::format("The client's side closed with {}, a code for servers and gateways.", facts.code);
  found.says("A hop in front of this tap sends it for itself, or the client's program does.");
  return found.acts(Party::hop_before).may_be(Cause::client_left);
}

std::string message_type(const Case& facts) {
  const DirectionState* const sent = facts.sent_by(other(*facts.closer));
  if (sent == nullptr || sent->recent.empty()) return {};
  return fmt::format("The last message that went to it was {}, {}.",
                     sent->recent.back().is_text ? "text" : "binary",
                     size_text(sent->recent.back().size));
}

}  // namespace

// Whoever breaks off a message of its own and says 1000 does not mean it: a proxy that lost its
// other leg does.
std::optional<Finding> hidden_abnormal_close(const Case& facts) {
  if (facts.close == nullptr || (facts.code != 1000 && facts.code != 1005)) return std::nullopt;
  const DirectionState* const sent = facts.sent_by(*facts.closer);
  if (sent == nullptr || sent->recent.empty() || sent->recent.back().is_complete) {
    return std::nullopt;
  }
  Finding found(Cause::hidden_abnormal_close, Confidence::possible, {sent_text(facts)});
  found.says(
      fmt::format("It came in the middle of a message of the {} itself: {} of it had passed.",
                  name(*facts.closer), size_text(sent->recent.back().size)));
  found.says("A proxy that ends WebSockets itself writes a 1000 when its other side is lost.");
  return found.may_be(*facts.closer == Endpoint::server ? Cause::server_crashed
                                                        : Cause::client_gone);
}

std::optional<Finding> plain_code(const Case& facts) {
  if (facts.close == nullptr) return std::nullopt;
  const bool is_client = *facts.closer == Endpoint::client;
  switch (facts.code) {
    case 1000: {
      Finding found = of_code(facts, Cause::normal_closure, Confidence::certain);
      say_doubts(facts, found);
      if (!found.candidates.empty()) found.confidence = Confidence::likely;
      return found;
    }
    case 1001: {
      Finding found = is_client ? of_code(facts, Cause::client_left, Confidence::likely)
                                : of_code(facts, Cause::server_shutdown, Confidence::likely);
      say_doubts(facts, found);
      return found;
    }
    case 1003: {
      Finding found = of_code(facts, Cause::unsupported_data, Confidence::likely);
      if (auto text = message_type(facts); !text.empty()) found.says(std::move(text));
      return found.acts(facts.party_of(other(*facts.closer)));
    }
    case 1005: {
      Finding found = of_code(facts, Cause::closed_without_status, Confidence::certain);
      say_doubts(facts, found);
      if (!found.candidates.empty()) found.confidence = Confidence::likely;
      return found;
    }
    case 1010:
      return of_code(facts, Cause::extension_required, Confidence::certain)
          .says(fmt::format("The extensions agreed on: {}.",
                            facts.report.texts[session::Text::extensions].value_or("none")));
    case 1011: {
      Finding found = of_code(facts, Cause::server_error, Confidence::likely);
      if (const auto text = last_messages_text(facts, other(*facts.closer))) found.says(*text);
      if (!is_client) return found;
      found.acts(Party::client);
      found.summary = "The client hit an unexpected error while it handled this connection.";
      found.fix =
          "Look for an exception in the client's own log at this second; the last message to it "
          "is what set it off in most cases.";
      return found;
    }
    case 1012:
      return of_servers_code(facts, Cause::service_restart);
    case 1013:
      return of_servers_code(facts, Cause::try_again_later);
    case 1014:
      return of_servers_code(facts, Cause::gateway_error);
    default:
      return of_code(facts, Cause::unknown_code, Confidence::unknown);
  }
}

}  // namespace lastframe::verdict
