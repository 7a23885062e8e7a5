#include "core/catalogue/catalogue.h"

#include <algorithm>
#include <cassert>

#include "core/catalogue/words.h"

namespace lastframe::catalogue {
namespace {

template <typename Row>
const Row* row_with(const std::vector<Row>& rows, std::string_view id) {
  const auto found = std::ranges::lower_bound(rows, id, {}, &Row::id);
  return found != rows.end() && found->id == id ? &*found : nullptr;
}

}  // namespace

std::string_view name(Language language) { return word(language); }

std::string_view in(Language language, const Localised& text) {
  const std::string& own = text[static_cast<std::size_t>(language)];
  return own.empty() ? text[static_cast<std::size_t>(Language::en)] : own;
}

std::string_view name(Confidence confidence) {
  return confidence == Confidence::unknown ? "unknown" : word(confidence);
}

std::string_view name(Party party) { return word(static_cast<PartyRule>(party)); }

Party resolved(PartyRule rule, std::optional<Endpoint> closer) {
  const auto endpoint_party = [&](bool is_closer) {
    if (!closer) return Party::unknown;
    return (*closer == Endpoint::client) == is_closer ? Party::client : Party::server;
  };
  const auto hop_party = [&](bool is_at_closer) {
    if (!closer) return Party::unknown;
    return (*closer == Endpoint::client) == is_at_closer ? Party::hop_before : Party::hop_behind;
  };
  switch (rule) {
    case PartyRule::client:
      return Party::client;
    case PartyRule::server:
      return Party::server;
    case PartyRule::hop_before:
      return Party::hop_before;
    case PartyRule::hop_behind:
      return Party::hop_behind;
    case PartyRule::network:
      return Party::network;
    case PartyRule::operators:
      return Party::operators;
    case PartyRule::proxy:
      return Party::proxy;
    case PartyRule::nobody:
      return Party::nobody;
    case PartyRule::unknown:
      return Party::unknown;
    case PartyRule::closer:
      return endpoint_party(true);
    case PartyRule::other_side:
      return endpoint_party(false);
    case PartyRule::hop_at_closer:
      return hop_party(true);
    case PartyRule::hop_at_other_side:
      return hop_party(false);
  }
  return Party::unknown;
}

std::string_view name(Role role) { return word(role); }

std::string_view name(TimeoutKind kind) { return word(kind); }

const CodeRow* Catalogue::code(unsigned code) const {
  const CodeRow* narrowest = nullptr;
  for (const CodeRow& row : codes) {
    if (!row.codes.has(code)) continue;
    const auto width = [](const CodeRow& r) { return r.codes.last - r.codes.first; };
    if (narrowest == nullptr || width(row) < width(*narrowest)) narrowest = &row;
  }
  return narrowest;
}

const CauseRow* Catalogue::cause(std::string_view id) const { return row_with(causes, id); }

const ProductRow* Catalogue::product(std::string_view id) const { return row_with(products, id); }

const CauseRow& Catalogue::operator[](Cause which) const {
  const CauseRow* const row = cause(catalogue::name(which));
  assert(row != nullptr);
  return *row;
}

}  // namespace lastframe::catalogue
