// The words of a catalogue file that stand for enumerators, in the enumerators' order.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/catalogue/catalogue.h"

namespace lastframe::settings {

template <typename Enum>
inline constexpr std::array<std::string_view, 0> kWords{};

template <>
inline constexpr auto kWords<Endpoint> = std::to_array<std::string_view>({"client", "server"});

// A row never says that it does not know: `unknown` has no word.
template <>
inline constexpr auto kWords<catalogue::Confidence> =
    std::to_array<std::string_view>({"certain", "likely", "possible"});

template <>
inline constexpr auto kWords<catalogue::PartyRule> = std::to_array<std::string_view>(
    {"client", "server", "hop_before", "hop_behind", "network", "operator", "proxy", "nobody",
     "unknown", "closer", "other_side", "hop_at_closer", "hop_at_other_side"});
static_assert(kWords<catalogue::PartyRule>.size() ==
              static_cast<std::size_t>(catalogue::PartyRule::hop_at_other_side) + 1);

template <>
inline constexpr auto kWords<catalogue::Role> =
    std::to_array<std::string_view>({"proxy", "service", "server", "client"});

template <>
inline constexpr auto kWords<catalogue::TimeoutKind> =
    std::to_array<std::string_view>({"idle", "lifetime", "silent"});

template <>
inline constexpr auto kWords<catalogue::Counts> =
    std::to_array<std::string_view>({"either", "client", "server"});

template <>
inline constexpr auto kWords<catalogue::LimitOf> =
    std::to_array<std::string_view>({"message", "frame"});

template <>
inline constexpr auto kWords<catalogue::Match> =
    std::to_array<std::string_view>({"exact", "prefix", "contains"});

template <>
inline constexpr auto kWords<catalogue::Carrier> =
    std::to_array<std::string_view>({"ping", "pong", "text"});

inline constexpr auto kSenders =
    std::to_array<std::string_view>({"client", "server", "either", "nobody", "application"});
inline constexpr auto kHows = std::to_array<std::string_view>({"fin", "reset", "close", "any"});

}  // namespace lastframe::settings
