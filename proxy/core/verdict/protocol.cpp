// Broken rules and what came of them. The sender of a 1002 is usually the victim: reasoning begins
// at the first breach in the opposite direction.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/base/words.h"
#include "core/session/privacy.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/rule_table.h"
#include "core/ws/stray_bytes.h"

namespace lastframe::verdict {
namespace {

using session::StraySeen;
using ws::Rule;

// An end that comes later than this after a breach is no answer to it.
constexpr double kLongestReaction = 5;  // seconds

std::string hex_text(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format(" {:02x}", static_cast<unsigned char>(byte));
  return text;
}

// Bytes that no endpoint of a WebSocket sends by itself: something on the way wrote them.
bool is_of_a_hop(std::string_view kind) {
  using enum ws::StrayKind;
  constexpr std::array kOfHops{http_response, http_request,        html, chunk_size, tls_record,
                               proxy_header,  ws::StrayKind::http2};
  return std::ranges::any_of(kOfHops, [&](ws::StrayKind own) { return name(own) == kind; });
}

std::string place_text(const ws::Violation& violation) {
  return fmt::format("Frame {} from the {}, byte {} of that direction", violation.frame,
                     name(violation.side), violation.offset);
}

std::string breach_text(const ws::Violation& violation) {
  const ws::RuleRow& row = row_of(violation.rule);
  std::string text = fmt::format("{}, broke {} ({})", place_text(violation), row.id, row.name);
  if (!violation.detail.empty()) text += ": " + printable(violation.detail);
  if (!violation.bytes.empty()) text += fmt::format("; its header is{}", hex_text(violation.bytes));
  return text + ".";
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
  found.summary =
      fmt::format("The {} broke {} before the {} ended the connection: {}", name(side),
                  row_of(violation.rule).id, name(*facts.closer), row_of(violation.rule).sentence);
  found.says(breach_text(violation)).says(reaction_text(facts, breach->at));
  if (facts.close != nullptr && !facts.close->reason.empty()) found.says(reason_sentence(facts));
  const auto closes_silently =
      std::ranges::find_if(facts.products[index(*facts.closer)],
                           [](const auto* product) { return product->habits.fails_without_close; });
  if (facts.close == nullptr && closes_silently != facts.products[index(*facts.closer)].end()) {
    found.says((*closes_silently)->name +
               " ends the stream without a Close when a rule is broken.");
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

const StraySeen* telling_stray(const SessionReport& report) {
  const auto found = std::ranges::find_if(report.stray_bytes, [](const StraySeen& stray) {
    return stray.kind != name(ws::StrayKind::unknown);
  });
  return found != report.stray_bytes.end() ? &*found : nullptr;
}

// The Close of `side` is at fault with its mask, and nothing before it is.
bool is_only_close_wrongly_masked(const SessionReport& report, Endpoint side) {
  const Rule rule =
      side == Endpoint::client ? Rule::client_frame_unmasked : Rule::server_frame_masked;
  const auto& close = report.close_frames[index(side)];
  const auto first = std::ranges::find_if(report.violations, [&](const ws::Violation& violation) {
    return violation.rule == rule && violation.side == side;
  });
  return close && first != report.violations.end() && first->frame == close->frame;
}

}  // namespace

std::string reason_sentence(const Case& facts) {
  return fmt::format("The {}'s reason says \"{}\".", name(*facts.closer),
                     printable(session::redact_tokens(ws::with_replacements(facts.close->reason))));
}

std::optional<Finding> foreign_bytes(const Case& facts) {
  const StraySeen* const stray = telling_stray(facts.report);
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
  if (facts.closer) found.says(reaction_text(facts, facts.began));
  return found;
}

std::optional<Finding> injected_close(const Case& facts) {
  for (const Endpoint side : kEndpoints) {
    if (!is_only_close_wrongly_masked(facts.report, side)) continue;
    const CloseSeen& close = *facts.report.close_frames[index(side)];
    const bool had_others = close.frame > 1;
    Finding found(Cause::injected_close, had_others ? Confidence::likely : Confidence::possible);
    found.acts(facts.hop_at(side));
    const std::string_view fault = side == Endpoint::client ? "not masked" : "masked";
    found.says(fmt::format(
        "The Close from the {}'s side (frame {}) is {}{}.", name(side), close.frame, fault,
        had_others
            ? fmt::format(", while {} before it {} right", count_text(close.frame - 1, "frame"),
                          close.frame == 2 ? "was" : "were")
            : ""));
    if (close.code == 1001 && close.reason.empty()) {
      found.says("It carries 1001 without a reason, as Caddy writes it when it reloads.");
    }
    found.says(
        fmt::format("An endpoint whose library masks rightly does not write such a Close: a "
                    "hop between the {} and this tap did.",
                    name(side)));
    return found.may_be(Cause::protocol_violation);
  }
  return std::nullopt;
}

std::optional<Finding> reserved_code(const Case& facts) {
  if (facts.close == nullptr || !facts.close->code) return std::nullopt;
  const ws::CloseCodeRow& row = row_of(facts.report.code);
  if (row.on_wire == ws::OnWire::allowed) return std::nullopt;
  Finding found(Cause::reserved_code_sent, Confidence::certain);
  found.acts(facts.party_of(*facts.closer));
  found.says(fmt::format("{} put {} ({}) into its Close{}", the(*facts.closer), facts.code,
                         row.name,
                         row.on_wire == ws::OnWire::never
                             ? ", a code that only stands for what an endpoint saw itself."
                             : ", a code that nobody has assigned."));
  if (facts.answer != nullptr && facts.answer->code == 1002) {
    found.says(fmt::format("{} answered with 1002.", the(other(*facts.closer))));
  }
  return found;
}

// The Close itself is what its receiver could not take.
std::optional<Finding> broken_close(const Case& facts) {
  if (facts.close == nullptr) return std::nullopt;
  const auto fault = std::ranges::find_if(facts.report.violations, [&](const auto& violation) {
    return violation.side == *facts.closer && violation.frame == facts.close->frame &&
           (violation.rule == Rule::close_body_one_byte ||
            violation.rule == Rule::close_reason_not_utf8);
  });
  if (fault == facts.report.violations.end()) return std::nullopt;
  Finding found(cause_of(fault->rule, fault->detail), Confidence::certain);
  found.acts(facts.party_of(*facts.closer)).harms(other(*facts.closer));
  found.summary = fmt::format("The {} sent a Close that breaks {}: {}", name(*facts.closer),
                              row_of(fault->rule).id, row_of(fault->rule).sentence);
  found.says(breach_text(*fault));
  if (facts.answer != nullptr) {
    found.says(fmt::format("{} answered with {}.", the(other(*facts.closer)),
                           static_cast<unsigned>(facts.answer->reported)));
  }
  return found;
}

std::optional<Finding> broken_rule(const Case& facts) {
  if (!facts.closer) return std::nullopt;
  if (auto found = breach_by(facts, other(*facts.closer))) return found;
  return breach_by(facts, *facts.closer);
}

std::optional<Finding> refused_code(const Case& facts) {
  if (facts.close == nullptr || !facts.close->code) return std::nullopt;
  const Endpoint receiver = other(*facts.closer);
  const catalogue::ProductRow* refuser = nullptr;
  for (const auto* product : facts.products[index(receiver)]) {
    const auto& ranges = product->habits.refuses_codes;
    if (std::ranges::any_of(ranges, [&](const auto& range) { return range.has(facts.code); })) {
      refuser = product;
    }
  }
  const bool is_refused_aloud = facts.answer != nullptr && facts.answer->code == 1002;
  const bool is_refused_silently = facts.answer == nullptr && refuser != nullptr;
  if (facts.code == 1002 || (!is_refused_aloud && !is_refused_silently)) return std::nullopt;
  Finding found(Cause::close_code_refused,
                refuser != nullptr ? Confidence::likely : Confidence::possible);
  found.acts(facts.party_of(receiver));
  found.says(fmt::format("{} closed with {}, which is legal; the {} {}.", the(*facts.closer),
                         facts.code, name(receiver),
                         is_refused_aloud ? "answered 1002" : "ended without an answer"));
  if (refuser != nullptr) {
    found.says(fmt::format("{} takes {} for an error: its application sees {}.", refuser->name,
                           facts.code, is_refused_aloud ? "1002" : "1006"));
  }
  for (const catalogue::ProductRow& row : facts.rows.products) {
    const auto& ranges = row.habits.refuses_codes;
    const bool would =
        std::ranges::any_of(ranges, [&](const auto& r) { return r.has(facts.code); });
    if (would && &row != refuser) found.may_be(row.name + " refuses this code");
  }
  if (const auto* code = facts.rows.code(facts.code); code != nullptr && !code->causes.empty()) {
    found.says(fmt::format("What the {} meant by {}: {}.", name(*facts.closer), facts.code,
                           in(catalogue::Language::en, code->name)));
    found.may_be(code->causes.front());
  }
  return found;
}

std::optional<Finding> unseen_protocol_error(const Case& facts) {
  if (facts.close == nullptr || facts.code != 1002) return std::nullopt;
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
  const Endpoint sender = other(*facts.closer);
  Finding found(Cause::inconsistent_data, Confidence::likely);
  found.acts(facts.party_of(sender));
  found.says(
      fmt::format("{} closed with 1007, and every text message that went to it was valid "
                  "UTF-8 here.",
                  the(*facts.closer)));
  if (!facts.close->reason.empty()) found.says(reason_sentence(facts));
  const auto& compression = facts.report.compression[index(direction_from(sender))];
  if (compression && compression->not_inflated > 0) {
    found.says(fmt::format("{} could not be looked into, though.",
                           count_text(compression->not_inflated, "compressed message")));
    found.confidence = Confidence::possible;
  }
  return found.may_be(Cause::invalid_utf8).may_be(Cause::protocol_error_unseen);
}

}  // namespace lastframe::verdict
