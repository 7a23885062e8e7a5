// Into what kinds a report sorts connections.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "report/record.h"

namespace lastframe::report {

enum class Kind : std::uint8_t {
  in_order,    // both Closes, with 1000, 1001 or none
  other_code,  // both Closes, with another code
  unclean,     // open, and ended without both Closes
  not_opened,
  sealed,  // TLS passed without its keys: nobody can tell
};
inline constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::sealed) + 1;
inline constexpr std::array kKinds{Kind::in_order, Kind::other_code, Kind::unclean,
                                   Kind::not_opened, Kind::sealed};
// In JSON.
inline constexpr std::array<std::string_view, kKindCount> kKindNames{
    "in_order", "other_code", "unclean", "not_opened", "sealed"};
// For people.
inline constexpr std::array<std::string_view, kKindCount> kKindTexts{
    "closed in order", "closed with another code", "ended without both Closes", "never opened",
    "sealed by TLS"};

using KindCounts = std::array<std::uint64_t, kKindCount>;

constexpr std::uint64_t sum_of(const KindCounts& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

// Of a record of a connection.
constexpr Kind kind_of(const Record& record) {
  if (record.event != Event::session_end) return Kind::not_opened;
  if (record.is_sealed) return Kind::sealed;
  if (!record.close.is_clean) return Kind::unclean;
  const auto code = record.close.code;
  return code == 1000 || code == 1001 || code == 1005 ? Kind::in_order : Kind::other_code;
}

// Whether somebody should look at it. The cause decides where there is one, for it knows more than
// the code: a visitor who leaves without a Close is nobody's fault, an idle time-out that sends
// 1001 is somebody's. A deploy that closes in order is as it should be.
constexpr bool is_abnormal(const Record& record, Kind kind) {
  if (kind == Kind::sealed) return false;
  if (!record.cause) return kind != Kind::in_order;
  const std::string_view party = record.cause->party;
  if (party == "nobody") return false;
  return kind != Kind::in_order || (party != "operator" && party != "unknown" && !party.empty());
}

}  // namespace lastframe::report
