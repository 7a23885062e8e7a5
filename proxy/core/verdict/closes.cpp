// Closes that are wrong in themselves: injected, with a code that must not be sent, damaged, or
// with one that the other side refuses.
#include <fmt/core.h>

#include <algorithm>

#include "core/base/words.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/rule_table.h"

namespace lastframe::verdict {
namespace {

using ws::Rule;

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
  Finding found(
      fault->rule == Rule::close_reason_not_utf8 ? Cause::invalid_utf8 : Cause::protocol_violation,
      Confidence::certain);
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

}  // namespace lastframe::verdict
