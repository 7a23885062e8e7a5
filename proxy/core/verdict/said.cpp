// What the closer said: a message before the end, the Close's reason, an application's own code.
#include <fmt/core.h>

#include <algorithm>
#include <bitset>

#include "core/base/ascii.h"
#include "core/base/words.h"
#include "core/session/privacy.h"
#include "core/verdict/keepalive.h"
#include "core/verdict/load.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/utf8.h"

namespace lastframe::verdict {
namespace {

using catalogue::ApplicationCode;
using catalogue::ApplicationRow;
using catalogue::Match;
using catalogue::ReasonRow;

// A farewell that lies further back did not announce this end.
constexpr double kFarewellPatience = 30;  // seconds

// Pairs of letters that a text has, as a set that may have too many. Of hundreds of known texts
// most do not begin with a pair of this reason, and are not looked for.
class Pairs {
 public:
  explicit Pairs(std::string_view text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) bits_.set(place(text[i], text[i + 1]));
  }

  bool may_have_beginning_of(std::string_view text) const {
    return text.size() < 2 || bits_.test(place(lower(text[0]), lower(text[1])));
  }

 private:
  static std::size_t place(char first, char second) {
    return (static_cast<unsigned char>(first) * 31u + static_cast<unsigned char>(second)) % 1024u;
  }

  std::bitset<1024> bits_;
};

bool fits(const ReasonRow& row, std::string_view reason) {
  const std::string wanted = in_lower_case(row.text);
  switch (row.match) {
    case Match::exact:
      return reason == wanted;
    case Match::prefix:
      return reason.starts_with(wanted);
    case Match::contains:
      return reason.contains(wanted);
  }
  return false;
}

// Exact ones first, then the longest text.
bool is_better(const ReasonRow& row, const ReasonRow* best) {
  if (best == nullptr) return true;
  const bool is_exact = row.match == Match::exact;
  const bool is_best_exact = best->match == Match::exact;
  if (is_exact != is_best_exact) return is_exact;
  return row.text.size() > best->text.size();
}

bool is_for(const ReasonRow& row, const Case& facts) {
  if (row.sender && row.sender != facts.closer) return false;
  return row.codes.empty() ||
         std::ranges::any_of(row.codes, [&](const auto& range) { return range.has(facts.code); });
}

const ApplicationCode* code_in(const ApplicationRow& application, unsigned code) {
  const ApplicationCode* narrowest = nullptr;
  for (const ApplicationCode& row : application.codes) {
    const bool is_narrower =
        narrowest == nullptr ||
        row.codes.last - row.codes.first < narrowest->codes.last - narrowest->codes.first;
    if (row.codes.has(code) && is_narrower) narrowest = &row;
  }
  return narrowest;
}

std::string code_sentence(const ApplicationRow& application, const ApplicationCode& row,
                          unsigned code) {
  return fmt::format("{} defines {} as {}: {}", application.name, code, row.name, row.meaning);
}

// Hops that only relay write no Close: where it says that a time ran out, it is the closer's own
// timer, unless the text is known to be a hop's.
bool is_own_timer(const Case& facts, const ReasonRow& row) {
  const auto* const cause = facts.rows.cause(row.cause);
  if (row.party || cause == nullptr || cause->party != catalogue::PartyRule::hop_at_closer) {
    return false;
  }
  const auto* const product = facts.rows.product(row.product);
  return product == nullptr || product->role == catalogue::Role::server ||
         product->role == catalogue::Role::client;
}

// Protocols' words for themselves need the facts of protocol.cpp and load.cpp.
bool is_judged_elsewhere(std::string_view cause) {
  return cause == name(Cause::protocol_violation) || cause == name(Cause::invalid_utf8) ||
         cause == name(Cause::compression_mismatch) || cause == name(Cause::protocol_error_unseen);
}

}  // namespace

const ReasonRow* known_reason(const Case& facts) {
  if (facts.close == nullptr || facts.close->reason.empty()) return nullptr;
  const std::string reason = in_lower_case(facts.close->reason);
  const Pairs pairs(reason);
  const ReasonRow* best = nullptr;
  for (const ReasonRow& row : facts.rows.reasons) {
    if (!pairs.may_have_beginning_of(row.text)) continue;
    if (is_for(row, facts) && is_better(row, best) && fits(row, reason)) best = &row;
  }
  return best;
}

std::optional<Finding> farewell(const Case& facts) {
  if (!facts.report.circumstances || !facts.report.circumstances->farewell) return std::nullopt;
  const session::Farewell& said = *facts.report.circumstances->farewell;
  const auto row = std::ranges::find(facts.rows.farewells, said.id, &catalogue::FarewellRow::id);
  if (row == facts.rows.farewells.end()) return std::nullopt;
  if (seconds_between(said.at, facts.began) > kFarewellPatience) return std::nullopt;
  const catalogue::FarewellValue* meant = nullptr;
  for (const catalogue::FarewellValue& value : row->values) {
    if (value.value == said.value) meant = &value;
    if (meant == nullptr && value.value == "*") meant = &value;
  }
  if (meant == nullptr) return std::nullopt;
  Finding found(meant->cause, Confidence::certain, {});
  found.fix = meant->fix;
  if (meant->party) found.acts(resolved(*meant->party, said.sender));
  const catalogue::ProductRow* const product = facts.rows.product(row->product);
  found.says(fmt::format(
      "{} before the end the {} sent a farewell{}{}: {}", time_text(facts.began - said.at),
      name(said.sender), product != nullptr ? " of " + product->name : "",
      said.value.empty() ? "" : fmt::format(" (\"{}\")", printable(said.value)), meant->says));
  if (facts.close != nullptr) {
    found.says(fmt::format("Then came {}{}.", close_text(facts.code),
                           facts.close->reason.empty() ? " without a reason" : ""));
  }
  return found;
}

std::optional<Finding> reason_text(const Case& facts) {
  const ReasonRow* const row = known_reason(facts);
  if (row == nullptr || is_judged_elsewhere(row->cause)) return std::nullopt;
  if (row->cause == name(Cause::keepalive_unanswered)) return announced_keepalive(facts, *row);
  // Words that anybody may use say less than a code whose application is known.
  if (row->product.empty() && row->match == Match::contains) {
    if (auto defined = application_code(facts)) return defined;
  }
  Finding found(row->cause, row->confidence, {});
  found.fix = row->fix;
  if (row->party) found.acts(resolved(*row->party, facts.closer));
  if (is_own_timer(facts, *row)) found.acts(facts.party_of(*facts.closer));
  found.says(reason_sentence(facts)).says(row->says);
  if (const auto* product = facts.rows.product(row->product)) {
    found.says(fmt::format("{} writes this text.", product->name));
  }
  // What failed was most likely set off by what came last.
  if (row->cause == name(Cause::server_error) || row->cause == name(Cause::invalid_message) ||
      row->cause == name(Cause::policy_violation)) {
    if (const auto text = last_messages_text(facts, other(*facts.closer))) found.says(*text);
  }
  return found;
}

std::optional<Finding> application_code(const Case& facts) {
  if (facts.close == nullptr || facts.code < 3000) return std::nullopt;
  for (const ApplicationRow* application : facts.applications) {
    const ApplicationCode* const row = code_in(*application, facts.code);
    if (row == nullptr) continue;
    Finding found(row->cause, Confidence::certain, {});
    found.fix = row->fix;
    if (row->party) found.acts(resolved(*row->party, facts.closer));
    found.says(code_sentence(*application, *row, facts.code));
    if (!facts.close->reason.empty()) found.says(reason_sentence(facts));
    return found;
  }
  return std::nullopt;
}

std::optional<Finding> unknown_code(const Case& facts) {
  if (facts.close == nullptr || facts.code < 3000) return std::nullopt;
  Finding found(Cause::unknown_code, Confidence::unknown);
  const auto* const own = facts.rows.code(facts.code);
  if (own != nullptr && own->codes.first == own->codes.last) {
    found = Finding(
        own->causes.empty() ? std::string(name(Cause::application_close)) : own->causes.front(),
        Confidence::likely, {});
    found.says(fmt::format("{} is registered as {}: {}", facts.code,
                           in(catalogue::Language::en, own->name),
                           in(catalogue::Language::en, own->meaning)));
  } else {
    found.says(
        fmt::format("{} is a code of the application's own, and nothing on this connection "
                    "(subprotocol, host, path) says whose: the catalogue does not know what "
                    "it means here.",
                    facts.code));
  }
  if (!facts.close->reason.empty()) {
    found.says(reason_sentence(facts));
  } else {
    found.says(fmt::format("{} gave no reason.", the(*facts.closer)));
  }
  for (const ApplicationRow& application : facts.rows.applications) {
    const ApplicationCode* const row = code_in(application, facts.code);
    if (found.confidence != Confidence::unknown || row == nullptr || found.candidates.size() == 5)
      continue;
    found.may_be(fmt::format("{}: {}", application.name, row->name));
  }
  return found;
}

}  // namespace lastframe::verdict
