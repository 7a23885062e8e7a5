// Broken rules and what came of them. The sender of a 1002 is usually the victim: reasoning begins
// at the first breach in the opposite direction.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/base/words.h"
#include "core/session/privacy.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/mask_fault.h"
#include "core/ws/rule_table.h"
#include "core/ws/stray_bytes.h"

namespace lastframe::verdict {
namespace {

using session::StraySeen;
using ws::Rule;

// An end that comes later than this after a breach is no answer to it.
constexpr double kLongestReaction = 5;  // seconds

// Bytes that no endpoint of a WebSocket sends by itself: something on the way wrote them.
bool is_of_a_hop(std::string_view kind) {
  using enum ws::StrayKind;
  constexpr std::array kOfHops{http_response, http_request,        html, chunk_size, tls_record,
                               proxy_header,  ws::StrayKind::http2};
  return std::ranges::any_of(kOfHops, [&](ws::StrayKind own) { return name(own) == kind; });
}

// Engine.IO's abortUpgrade() writes its refusal as an HTTP page, also behind its own 101.
bool is_late_refusal(const Case& facts, const StraySeen& stray) {
  return stray.kind == name(ws::StrayKind::http_response) && stray.frame == 1 &&
         !stray.is_inside_frame && stray.side == Endpoint::server &&
         facts.knows("engine_io", Endpoint::server);
}

bool is_mask_fault(const StraySeen& stray) {
  using enum ws::MaskFault;
  return std::ranges::any_of(std::array{not_masked, masked_again, still_masked},
                             [&](ws::MaskFault fault) { return name(fault) == stray.kind; });
}

// Text may be the payload of a frame whose header was lost.
bool is_text(const StraySeen& stray) {
  return stray.kind == name(ws::StrayKind::text) || stray.kind == name(ws::StrayKind::json);
}

// Recognised, and no frame. What is said of a frame's mask is about a frame, and text behind a
// broken frame is what the break left over.
const StraySeen* telling_stray(const Case& facts) {
  for (const StraySeen& stray : facts.report.stray_bytes) {
    if (stray.kind == name(ws::StrayKind::unknown) || is_mask_fault(stray)) continue;
    const auto breach = facts.first_breach(stray.side);
    if (is_text(stray) && breach && breach->violation->frame < stray.frame) continue;
    return &stray;
  }
  return nullptr;
}

// A fault of the mask in the frame where this rule was broken.
const StraySeen* mask_fault_at(const SessionReport& report, const ws::Violation& violation) {
  const auto found = std::ranges::find_if(report.stray_bytes, [&](const StraySeen& stray) {
    return stray.side == violation.side && stray.frame == violation.frame && is_mask_fault(stray);
  });
  return found != report.stray_bytes.end() ? &*found : nullptr;
}

Cause cause_of(Rule rule, std::string_view detail) {
  switch (rule) {
    case Rule::text_not_utf8:
    case Rule::close_reason_not_utf8:
      return Cause::invalid_utf8;
    case Rule::compressed_bit_misplaced:
    case Rule::payload_not_deflate:
    case Rule::deflate_window_exceeded:
    case Rule::deflate_context_lost:
    case Rule::compressed_twice:
      return Cause::compression_mismatch;
    case Rule::reserved_bit_set:
      // RSV1 alone is what permessage-deflate sets: it was not agreed on with this side.
      return detail.starts_with("RSV1") && !detail.contains("RSV2") && !detail.contains("RSV3")
                 ? Cause::compression_mismatch
                 : Cause::protocol_violation;
    case Rule::fragment_flood:
      return Cause::too_many_fragments;
    default:
      return Cause::protocol_violation;
  }
}

std::string reaction_text(const Case& facts, Moment at) {
  const std::string after = time_text(facts.began - at);
  const std::string who = the(*facts.closer);
  if (facts.close != nullptr)
    return fmt::format("{} sent Close {} {} later.", who, facts.code, after);
  const auto how = facts.end_kind();
  return fmt::format("{} {} without a Close {} later.", who,
                     end_verb(how.value_or(session::EndKind::fin)), after);
}

// Whether the end is this side's answer to a breach of the other one.
bool is_reaction(const Case& facts, Moment breach) {
  const double after = seconds_between(breach, facts.began);
  switch (facts.code) {
    case 1002:
    case 1003:
    case 1007:
      return true;
    case 1005:
    case 1006:
    case 1008:
    case 1009:
    case 1010:
    case 1011:
      return after <= kLongestReaction;
    default:
      return facts.code < 3000 && after <= 1;
  }
}

std::optional<Finding> breach_by(const Case& facts, Endpoint side) {
  const auto breach = facts.first_breach(side);
  if (!breach) return std::nullopt;
  const ws::Violation& violation = *breach->violation;
  const bool is_answer = side != *facts.closer;
  if (is_answer
          ? !is_reaction(facts, breach->at)
          : facts.close != nullptr || seconds_between(breach->at, facts.began) > kLongestReaction) {
    return std::nullopt;
  }
  const bool is_named = facts.code == 1002 || facts.code == 1007 || facts.code == 1003;
  Finding found(cause_of(violation.rule, violation.detail),
                is_answer && is_named ? Confidence::certain : Confidence::likely);
  found.acts(facts.party_of(side)).harms(other(side));
  found.rule = row_of(violation.rule).id;
  found.summary =
      fmt::format("The {} broke {} before the {} ended the connection: {}", name(side),
                  row_of(violation.rule).id, name(*facts.closer), row_of(violation.rule).sentence);
  found.says(breach_text(violation)).says(reaction_text(facts, breach->at));
  if (const StraySeen* const mask = mask_fault_at(facts.report, violation)) {
    found.acts(facts.hop_at(side)).says(fmt::format("The payload is {}.", mask->summary));
  }
  if (facts.close != nullptr && !facts.close->reason.empty()) found.says(reason_sentence(facts));
  const auto* const silent = facts.fails_silently(*facts.closer);
  if (facts.close == nullptr && silent != nullptr) {
    found.says(silent->name + " ends the stream without a Close when a rule is broken.");
  }
  if (violation.frame > 1) {
    found.says(
        fmt::format("{} before it {} right, so that bytes changed on the way to this tap are "
                    "possible as well; a second tap in front of the {} would tell.",
                    count_text(violation.frame - 1, "frame"), violation.frame == 2 ? "was" : "were",
                    name(side)));
  }
  found.may_be(fmt::format("a hop between the {} and this tap changed the bytes", name(side)));
  return found;
}

}  // namespace

std::string reason_sentence(const Case& facts) {
  constexpr std::size_t kLongestReason = 123;  // bytes (RFC 6455 section 5.5)
  return fmt::format("The {}'s reason says \"{}\".", name(*facts.closer),
                     printable(session::redact_tokens(ws::with_replacements(facts.close->reason)),
                               kLongestReason));
}

std::optional<Finding> foreign_bytes(const Case& facts) {
  const StraySeen* const stray = telling_stray(facts);
  if (stray == nullptr) return std::nullopt;
  const bool is_hop = is_of_a_hop(stray->kind);
  Finding found(Cause::injected_bytes, stray->kind == name(ws::StrayKind::http_response)
                                           ? Confidence::certain
                                           : Confidence::likely);
  found.acts(is_hop ? facts.hop_at(stray->side) : facts.party_of(stray->side))
      .harms(other(stray->side));
  found.summary = fmt::format("Bytes that are no WebSocket frame came from the {}'s side: {}.",
                              name(stray->side), stray->summary);
  found.says(fmt::format("From byte {} of the {}'s direction on ({} frame {}): {}.", stray->offset,
                         name(stray->side), stray->is_inside_frame ? "inside" : "in place of",
                         stray->frame, stray->summary));
  if (!stray->shown.empty()) found.says("They read: " + stray->shown);
  if (is_late_refusal(facts, *stray)) {
    found.confidence = Confidence::likely;
    found.acts(facts.party_of(stray->side));
    found.says(
        "Engine.IO itself writes such a page in place of its first frame where it refuses a "
        "client that it has accepted already, as one of another version.");
    found.fix =
        "Use the same major version of Socket.IO on both sides, or set allowEIO3 on the server.";
    found.may_be("a hop between this tap and the server");
  }
  const auto breach = facts.first_breach(stray->side);
  if (facts.closer && breach && breach->violation->frame == stray->frame) {
    found.says(reaction_text(facts, breach->at));
  }
  if (is_text(*stray)) {
    found.may_be("a frame whose header was damaged on the way, so that its payload stands alone");
  }
  return found;
}

// A side broke a rule and then closed; the other one, which reads in that order, answers the breach
// and not the Close.
std::optional<Finding> answered_breach(const Case& facts) {
  if (facts.close == nullptr || facts.answer == nullptr) return std::nullopt;
  const auto code = static_cast<unsigned>(facts.answer->reported);
  if (code != 1002 && code != 1003 && code != 1007) return std::nullopt;
  const Endpoint side = *facts.closer;
  const auto breach = facts.first_breach(side);
  if (!breach || breach->violation->frame >= facts.close->frame ||
      seconds_between(breach->at, facts.answer->at) > kLongestReaction) {
    return std::nullopt;
  }
  const ws::Violation& violation = *breach->violation;
  Finding found(cause_of(violation.rule, violation.detail), Confidence::certain);
  found.acts(facts.party_of(side)).harms(other(side));
  found.rule = row_of(violation.rule).id;
  found.summary = fmt::format("The {} broke {} and then closed; the {} answered with {}: {}",
                              name(side), row_of(violation.rule).id, name(other(side)), code,
                              row_of(violation.rule).sentence);
  found.says(breach_text(violation));
  found.says(fmt::format("{} sent {} {} later, which the {} did not answer with the same code.",
                         the(side), close_text(facts.code), time_text(facts.began - breach->at),
                         name(other(side))));
  return found.may_be(
      fmt::format("a hop between the {} and this tap changed the bytes", name(side)));
}

std::optional<Finding> broken_rule(const Case& facts) {
  if (!facts.closer) return std::nullopt;
  if (auto found = breach_by(facts, other(*facts.closer))) return found;
  if (auto found = answered_breach(facts)) return found;
  return breach_by(facts, *facts.closer);
}

std::optional<Finding> unseen_protocol_error(const Case& facts) {
  if (facts.close == nullptr || facts.code != 1002 || !facts.close->code) return std::nullopt;
  const Endpoint victim = *facts.closer;
  const auto* const sent = facts.sent_by(victim);
  const bool is_at_once = facts.age < 2 && sent != nullptr && sent->messages == 0;
  const bool has_subprotocol = facts.report.texts[session::Text::subprotocol].has_value();
  if (is_at_once && facts.report.handshake.has_subprotocol_offer && victim == Endpoint::server &&
      facts.close->reason.empty()) {
    Finding found(Cause::subprotocol_mismatch, Confidence::possible);
    found.says(
        fmt::format("The server closed with 1002 {} after it had opened the connection, "
                    "without a message before it.",
                    time_text(facts.age)));
    found.says(has_subprotocol ? "A subprotocol was agreed on, yet the server stopped at once."
                               : "The client had offered subprotocols, and the server took none.");
    return found.may_be(Cause::protocol_error_unseen);
  }
  Finding found(Cause::protocol_error_unseen, Confidence::possible);
  found.acts(facts.hop_at(victim));
  found.says(
      fmt::format("{} closed with 1002, but every frame that went to it from here kept the "
                  "rules.",
                  the(victim)));
  if (!facts.close->reason.empty()) found.says(reason_sentence(facts));
  found.says(
      fmt::format("So it saw something else: a hop between this tap and the {} changed the "
                  "bytes, or it is stricter than the RFC.",
                  name(victim)));
  for (const auto* product : facts.products[index(victim)]) {
    for (const std::string& habit : product->habits.strict) {
      found.may_be(product->name + ": " + habit);
    }
  }
  found.may_be(fmt::format("a hop between this tap and the {} changed the bytes", name(victim)));
  if (const auto* reason = known_reason(facts)) found.may_be(reason->cause);
  return found;
}

std::optional<Finding> unseen_bad_data(const Case& facts) {
  if (facts.close == nullptr || facts.code != 1007) return std::nullopt;
  const Endpoint victim = *facts.closer;
  const auto* const reason = known_reason(facts);
  const bool speaks_of_text = reason != nullptr && reason->cause == name(Cause::invalid_utf8);
  // Whoever sent it did nothing wrong that was seen here: it is not blamed.
  Finding found(speaks_of_text ? Cause::protocol_error_unseen : Cause::inconsistent_data,
                speaks_of_text ? Confidence::likely : Confidence::possible);
  found.acts(speaks_of_text ? facts.hop_at(victim) : Party::unknown);
  found.says(
      fmt::format("{} closed with 1007, and every text message that went to it was valid "
                  "UTF-8 here.",
                  the(victim)));
  if (!facts.close->reason.empty()) found.says(reason_sentence(facts));
  const auto& compression = facts.report.compression[index(direction_from(other(victim)))];
  if (compression && compression->not_inflated > 0) {
    found.says(fmt::format("{} could not be looked into, though.",
                           count_text(compression->not_inflated, "compressed message")));
    found.confidence = Confidence::possible;
    found.acts(Party::unknown).may_be(Cause::invalid_utf8);
  }
  found.may_be(fmt::format("a hop between this tap and the {} changed the bytes", name(victim)));
  return found.may_be(
      fmt::format("the {}'s application could not read what the message says", name(victim)));
}

}  // namespace lastframe::verdict
