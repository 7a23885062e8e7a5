// The words that stand for enumerators in catalogue files, and so in JSON and on the command line,
// in the enumerators' order.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/catalogue/catalogue.h"

namespace lastframe::catalogue {

template <typename Enum>
inline constexpr std::array<std::string_view, 0> kWords{};

template <>
inline constexpr auto kWords<Endpoint> = std::to_array<std::string_view>({"client", "server"});

template <>
inline constexpr auto kWords<Language> = std::to_array<std::string_view>({"en", "fr", "es", "ar"});

// A row never says that it does not know: `unknown` has no word.
template <>
inline constexpr auto kWords<Confidence> =
    std::to_array<std::string_view>({"certain", "likely", "possible"});

template <>
inline constexpr auto kWords<PartyRule> = std::to_array<std::string_view>(
    {"client", "server", "hop_before", "hop_behind", "network", "operator", "proxy", "nobody",
     "unknown", "closer", "other_side", "hop_at_closer", "hop_at_other_side"});
static_assert(kWords<PartyRule>.size() ==
              static_cast<std::size_t>(PartyRule::hop_at_other_side) + 1);

// Parties are the first of the rules.
static_assert(static_cast<std::size_t>(Party::unknown) ==
              static_cast<std::size_t>(PartyRule::unknown));

template <>
inline constexpr auto kWords<Role> =
    std::to_array<std::string_view>({"proxy", "service", "server", "client"});

template <>
inline constexpr auto kWords<TimeoutKind> =
    std::to_array<std::string_view>({"idle", "lifetime", "silent"});

template <>
inline constexpr auto kWords<Counts> =
    std::to_array<std::string_view>({"either", "client", "server"});

template <>
inline constexpr auto kWords<LimitOf> = std::to_array<std::string_view>({"message", "frame"});

template <>
inline constexpr auto kWords<Match> =
    std::to_array<std::string_view>({"exact", "prefix", "contains"});

template <>
inline constexpr auto kWords<Carrier> = std::to_array<std::string_view>({"ping", "pong", "text"});

template <>
inline constexpr auto kWords<Sign::Where> = std::to_array<std::string_view>(
    {"request_header", "response_header", "host", "path", "subprotocol"});

template <typename Enum>
  requires(!kWords<Enum>.empty())
constexpr std::string_view word(Enum value) {
  return kWords<Enum>[static_cast<std::size_t>(value)];
}

inline constexpr auto kSenders =
    std::to_array<std::string_view>({"client", "server", "either", "nobody", "application"});
inline constexpr auto kHows = std::to_array<std::string_view>({"fin", "reset", "close", "any"});

}  // namespace lastframe::catalogue
