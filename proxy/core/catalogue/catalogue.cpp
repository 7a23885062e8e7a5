#include "core/catalogue/catalogue.h"

#include <algorithm>
#include <cassert>

namespace lastframe::catalogue {
namespace {

template <typename Row>
const Row* row_with(const std::vector<Row>& rows, std::string_view id) {
  const auto found = std::ranges::lower_bound(rows, id, {}, &Row::id);
  return found != rows.end() && found->id == id ? &*found : nullptr;
}

}  // namespace

std::string_view name(Language language) {
  switch (language) {
    case Language::en:
      return "en";
    case Language::fr:
      return "fr";
    case Language::es:
      return "es";
    case Language::ar:
      return "ar";
  }
  return "";
}

std::string_view in(Language language, const Localised& text) {
  const std::string& own = text[static_cast<std::size_t>(language)];
  return own.empty() ? text[static_cast<std::size_t>(Language::en)] : own;
}

std::string_view name(Confidence confidence) {
  switch (confidence) {
    case Confidence::certain:
      return "certain";
    case Confidence::likely:
      return "likely";
    case Confidence::possible:
      return "possible";
    case Confidence::unknown:
      return "unknown";
  }
  return "";
}

std::string_view name(Party party) {
  switch (party) {
    case Party::client:
      return "client";
    case Party::server:
      return "server";
    case Party::hop_before:
      return "hop_before";
    case Party::hop_behind:
      return "hop_behind";
    case Party::network:
      return "network";
    case Party::operators:
      return "operator";
    case Party::proxy:
      return "proxy";
    case Party::nobody:
      return "nobody";
    case Party::unknown:
      return "unknown";
  }
  return "";
}

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

std::string_view name(Role role) {
  switch (role) {
    case Role::proxy:
      return "proxy";
    case Role::service:
      return "service";
    case Role::server:
      return "server";
    case Role::client:
      return "client";
  }
  return "";
}

std::string_view name(TimeoutKind kind) {
  switch (kind) {
    case TimeoutKind::idle:
      return "idle";
    case TimeoutKind::lifetime:
      return "lifetime";
    case TimeoutKind::silent:
      return "silent";
  }
  return "";
}

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
