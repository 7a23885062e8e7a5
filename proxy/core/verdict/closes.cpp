// Closes that are wrong in themselves: injected, with a code that must not be sent, damaged, or
// with one that the other side refuses.
#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/rule_table.h"

namespace lastframe::verdict {
namespace {

using ws::Rule;

const ws::Violation* first_of(const SessionReport& report, Endpoint side, Rule rule) {
  const auto found = std::ranges::find_if(report.violations, [&](const ws::Violation& violation) {
    return violation.rule == rule && violation.side == side;
  });
  return found != report.violations.end() ? &*found : nullptr;
}

// What the Close of `side` breaks, if one of these rules.
const ws::Violation* fault_of_close(const SessionReport& report, Endpoint side,
                                    std::initializer_list<Rule> rules) {
  const auto& close = report.close_frames[index(side)];
  for (const Rule rule : rules) {
    const ws::Violation* const first = first_of(report, side, rule);
    if (close && first != nullptr && first->frame == close->frame) return first;
  }
  return nullptr;
}

// The Close of `side` is at fault with its mask, and nothing before it is.
const ws::Violation* only_close_wrongly_masked(const SessionReport& report, Endpoint side) {
  return fault_of_close(
      report, side,
      {side == Endpoint::client ? Rule::client_frame_unmasked : Rule::server_frame_masked});
}

// A proxy that is reloaded writes its Close to both sides while frames are still on their way.
std::optional<Finding> close_amid_data(const Case& facts) {
  if (facts.close == nullptr || facts.close->code != 1001 || !facts.close->reason.empty()) {
    return std::nullopt;
  }
  const Endpoint side = *facts.closer;
  const auto* const fault = first_of(facts.report, side, Rule::data_after_close);
  if (fault == nullptr) return std::nullopt;
  Finding found(Cause::injected_close, Confidence::possible);
  found.acts(facts.hop_at(side));
  found.summary = fmt::format(
      "A Close came from the {}'s side while the {} was still sending: a proxy on that side may "
      "have put it there.",
      name(side), name(side));
  found.says(breach_text(*fault));
  found.says("The Close carries 1001 without a reason, as Caddy writes it when it reloads.");
  return found.may_be(side == Endpoint::server ? Cause::server_shutdown : Cause::client_left)
      .may_be(fmt::format("the {} goes on to send behind its own Close", name(side)));
}

// The other side answered 1002 to a Close that was right here, with a code that no library refuses.
Finding changed_close(const Case& facts) {
  const Endpoint victim = other(*facts.closer);
  Finding found(Cause::protocol_error_unseen, Confidence::possible);
  found.acts(facts.hop_at(victim));
  found.summary = fmt::format(
      "The {} answered a Close that was right here with 1002, a protocol error.", name(victim));
  found.says(fmt::format(
      "{} closed with {}, which is legal and which no known library refuses; the {} answered 1002.",
      the(*facts.closer), facts.code, name(victim)));
  found.says(
      fmt::format("So it saw something else: a hop between this tap and the {} changed the "
                  "bytes, or it is stricter than the RFC.",
                  name(victim)));
  if (const auto* code = facts.rows.code(facts.code); code != nullptr && !code->causes.empty()) {
    found.says(fmt::format("What the {} meant by {}: {}.", name(*facts.closer), facts.code,
                           in(catalogue::Language::en, code->name)));
    found.may_be(code->causes.front());
  }
  return found;
}

}  // namespace

std::optional<Finding> injected_close(const Case& facts) {
  for (const Endpoint side : kEndpoints) {
    const ws::Violation* const fault = only_close_wrongly_masked(facts.report, side);
    if (fault == nullptr) continue;
    const CloseSeen& close = *facts.report.close_frames[index(side)];
    const bool had_others = close.frame > 1;
    Finding found(Cause::injected_close, had_others ? Confidence::likely : Confidence::possible);
    found.acts(facts.hop_at(side));
    if (side == Endpoint::server) {
      found.summary = "A hop behind this tap put a masked Close into the server's stream.";
      found.fix =
          "Find out what stands between this tap and the server and ends connections by itself, "
          "and update it or take it out of the path.";
    }
    found.says(breach_text(*fault));
    found.says(fmt::format("The Close from the {}'s side is {}{}.", name(side),
                           side == Endpoint::client ? "not masked" : "masked",
                           had_others ? fmt::format(", while {} before it {} right",
                                                    count_text(close.frame - 1, "frame"),
                                                    close.frame == 2 ? "was" : "were")
                                      : ""));
    if (side == Endpoint::client && close.code == 1001 && close.reason.empty()) {
      found.says("It carries 1001 without a reason, as Caddy writes it when it reloads.");
    }
    found.says(
        fmt::format("An endpoint whose library masks rightly does not write such a Close: a "
                    "hop between the {} and this tap did.",
                    name(side)));
    return found.may_be(Cause::protocol_violation);
  }
  return close_amid_data(facts);
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
  if (const auto* fault =
          fault_of_close(facts.report, *facts.closer,
                         {Rule::close_code_never_on_wire, Rule::close_code_unassigned})) {
    found.says(breach_text(*fault));
  }
  if (facts.answer != nullptr && facts.answer->code == 1002) {
    found.says(fmt::format("{} answered with 1002.", the(other(*facts.closer))));
  }
  return found;
}

// The Close itself is what its receiver could not take.
std::optional<Finding> broken_close(const Case& facts) {
  if (facts.close == nullptr) return std::nullopt;
  const auto* const fault = fault_of_close(
      facts.report, *facts.closer, {Rule::close_body_one_byte, Rule::close_reason_not_utf8});
  if (fault == nullptr) return std::nullopt;
  Finding found(
      fault->rule == Rule::close_reason_not_utf8 ? Cause::invalid_utf8 : Cause::protocol_violation,
      Confidence::certain);
  found.acts(facts.party_of(*facts.closer)).harms(other(*facts.closer));
  found.rule = row_of(fault->rule).id;
  found.summary = fmt::format("The {} sent a Close that breaks {}: {}", name(*facts.closer),
                              row_of(fault->rule).id, row_of(fault->rule).sentence);
  found.says(breach_text(*fault));
  if (facts.answer != nullptr) {
    found.says(fmt::format("{} answered with {}.", the(other(*facts.closer)),
                           static_cast<unsigned>(facts.answer->reported)));
  }
  return found;
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
  const bool is_ever_refused = std::ranges::any_of(facts.rows.products, [&](const auto& product) {
    return std::ranges::any_of(product.habits.refuses_codes,
                               [&](const auto& range) { return range.has(facts.code); });
  });
  if (!is_ever_refused) return changed_close(facts);
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

}  // namespace lastframe::verdict
