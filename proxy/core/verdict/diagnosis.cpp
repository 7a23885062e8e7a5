#include "core/verdict/diagnosis.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "core/session/seen_code.h"
#include "core/verdict/case.h"
#include "core/verdict/finding.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

using session::RecordKind;

// From the most to the least telling; the first that holds wins. What was seen to go wrong comes
// before what was said, what was said before what is guessed from times and rates, and those before
// what a code means by itself.
constexpr std::array<Reason, 30> kOpenConnection{
    ended_by_us,
    foreign_bytes,
    injected_close,
    broken_rule,
    broken_close,
    reserved_code,
    refused_code,
    farewell,
    stretched_heartbeats,
    too_big,
    reason_text,
    application_code,
    mass_close,
    gradual_drain,
    unknown_code,
    lost_path,
    unanswered_keepalive,
    cut_frame,
    full_send_queue,
    too_big_elsewhere,
    slow_reader,
    stale_flow,
    hidden_abnormal_close,
    idle_limit,
    lifetime_limit,
    short_keepalive,
    policy,
    unseen_protocol_error,
    unseen_bad_data,
    plain_code,
};

constexpr std::array<Reason, 3> kWithoutClose{no_subprotocol, ended_at_once, bare_end};

// Of these the bytes say nothing, but when they came and that they ceased.
constexpr std::array<Reason, 8> kSealed{
    ended_by_us, mass_close, gradual_drain,  lost_path,
    stale_flow,  idle_limit, lifetime_limit, sealed_end,
};

std::optional<Finding> first_of(std::span<const Reason> reasons, const Case& facts) {
  for (const Reason reason : reasons) {
    if (auto found = reason(facts)) return found;
  }
  return std::nullopt;
}

// RFC 8446 section 6.1: close_notify tells an end from one that somebody on the path made.
void say_truncation(const Case& facts, Finding& found) {
  if (facts.close != nullptr || facts.end_kind() != session::EndKind::tls_truncated) return;
  found.says(
      "No close_notify came before the FIN: many programs leave it out, so that it is no fault by "
      "itself; but a process that dies and a hop that ends connections leave it out, too.");
}

std::optional<Finding> finding_of(const Case& facts) {
  switch (facts.report.kind) {
    case RecordKind::connect_failed:
      return failed_connect(facts);
    case RecordKind::tls_failed:
      return failed_tls(facts);
    case RecordKind::handshake_failed:
      return refused_handshake(facts);
    case RecordKind::session_end:
      break;
  }
  auto found = facts.report.is_sealed ? first_of(kSealed, facts) : first_of(kOpenConnection, facts);
  if (!found) found = first_of(kWithoutClose, facts);
  if (found) say_truncation(facts, *found);
  return found;
}

// What the recognised server library says of the code that its application sees.
std::string server_log(const Case& facts) {
  if (facts.report.kind != RecordKind::session_end) return {};
  const auto seen = static_cast<unsigned>(code_seen_by(Endpoint::server, facts.report));
  for (const catalogue::ProductRow* product : facts.products[index(Endpoint::server)]) {
    const auto& logs = product->logs;
    const auto own = std::ranges::find(logs, seen, &catalogue::LocalText::code);
    if (own != logs.end()) return fmt::format("{} says \"{}\"", product->name, own->text);
  }
  return {};
}

}  // namespace

session::Verdict classify(const SessionReport& report, const catalogue::Catalogue& catalogue) {
  const Case facts(report, catalogue);
  Finding found = finding_of(facts).value_or(Finding(Cause::unknown, Confidence::unknown));
  const catalogue::CauseRow* row = catalogue.cause(found.cause);
  if (row == nullptr) row = &catalogue[Cause::unknown];
  const auto or_else = [&](std::string& own, const std::string& of_row) {
    return own.empty() ? filled_in(of_row, found.victim ? found.victim : facts.closer, found.rule)
                       : std::move(own);
  };
  return {.cause = row->id,
          .confidence = found.confidence,
          .party = found.party.value_or(resolved(row->party, facts.closer)),
          .summary = or_else(found.summary, row->summary),
          .evidence = std::move(found.evidence),
          .candidates = std::move(found.candidates),
          .fix = or_else(found.fix, row->fix),
          .server_log = server_log(facts)};
}

}  // namespace lastframe::verdict
