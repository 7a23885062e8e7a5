#include "core/catalogue/words.h"

#include <doctest/doctest.h>

#include <optional>

namespace lastframe::catalogue {
namespace {

// The words of the file are those of the record.
template <typename Enum>
void check_words() {
  for (std::size_t i = 0; i < kWords<Enum>.size(); ++i) {
    CHECK(kWords<Enum>[i] == name(static_cast<Enum>(i)));
  }
}

TEST_CASE("words stand for the enumerators of the same name") {
  check_words<Endpoint>();
  check_words<Confidence>();
  check_words<Role>();
  check_words<TimeoutKind>();
  // Those that do not depend on who closed are parties.
  for (std::size_t i = 0; i <= static_cast<std::size_t>(PartyRule::unknown); ++i) {
    CHECK(kWords<PartyRule>[i] == name(resolved(static_cast<PartyRule>(i), std::nullopt)));
  }
  const auto spelt = [](PartyRule rule) {
    return kWords<PartyRule>[static_cast<std::size_t>(rule)];
  };
  CHECK(spelt(PartyRule::closer) == "closer");
  CHECK(spelt(PartyRule::other_side) == "other_side");
  CHECK(spelt(PartyRule::hop_at_closer) == "hop_at_closer");
  CHECK(spelt(PartyRule::hop_at_other_side) == "hop_at_other_side");
  CHECK(kWords<Carrier>[static_cast<std::size_t>(Carrier::text)] == "text");
  CHECK(kWords<Counts>[static_cast<std::size_t>(Counts::server)] == "server");
  CHECK(kWords<LimitOf>[static_cast<std::size_t>(LimitOf::frame)] == "frame");
  CHECK(kWords<Match>[static_cast<std::size_t>(Match::contains)] == "contains");
}

TEST_CASE("each enumerator is spelt as files and records spell it") {
  CHECK(name(Language::en) == "en");
  CHECK(name(Language::fr) == "fr");
  CHECK(name(Language::es) == "es");
  CHECK(name(Language::ar) == "ar");
  CHECK(name(Confidence::certain) == "certain");
  CHECK(name(Confidence::likely) == "likely");
  CHECK(name(Confidence::possible) == "possible");
  CHECK(name(Confidence::unknown) == "unknown");
  CHECK(name(Party::client) == "client");
  CHECK(name(Party::server) == "server");
  CHECK(name(Party::hop_before) == "hop_before");
  CHECK(name(Party::hop_behind) == "hop_behind");
  CHECK(name(Party::network) == "network");
  CHECK(name(Party::operators) == "operator");
  CHECK(name(Party::proxy) == "proxy");
  CHECK(name(Party::nobody) == "nobody");
  CHECK(name(Party::unknown) == "unknown");
  CHECK(name(Role::proxy) == "proxy");
  CHECK(name(Role::service) == "service");
  CHECK(name(Role::server) == "server");
  CHECK(name(Role::client) == "client");
  CHECK(name(TimeoutKind::idle) == "idle");
  CHECK(name(TimeoutKind::lifetime) == "lifetime");
  CHECK(name(TimeoutKind::silent) == "silent");
  CHECK(word(Sign::Where::request_header) == "request_header");
  CHECK(word(Sign::Where::response_header) == "response_header");
  CHECK(word(Sign::Where::host) == "host");
  CHECK(word(Sign::Where::path) == "path");
  CHECK(word(Sign::Where::subprotocol) == "subprotocol");
  CHECK(word(Match::exact) == "exact");
  CHECK(word(Match::prefix) == "prefix");
  CHECK(word(Counts::either) == "either");
  CHECK(word(Counts::client) == "client");
  CHECK(word(Carrier::ping) == "ping");
  CHECK(word(Carrier::pong) == "pong");
  CHECK(word(LimitOf::message) == "message");
}

}  // namespace
}  // namespace lastframe::catalogue
