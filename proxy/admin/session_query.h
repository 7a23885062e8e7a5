// Which sessions an API request is about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "admin/message.h"
#include "net/live_sessions.h"

namespace lastframe::admin {

// "live" is any of the three before an end.
enum class StateWanted : unsigned char { any, live, opening, open, closing, ended };

struct SessionQuery {
  static constexpr std::size_t kMostShown = 1000;

  std::optional<std::uint16_t> code;
  std::string cause;
  std::string listener;
  std::string upstream;
  StateWanted state = StateWanted::any;
  std::size_t limit = 100;

  bool operator==(const SessionQuery&) const = default;

  // Only what has ended has a code and a cause.
  bool wants_live() const { return state != StateWanted::ended && !code && cause.empty(); }
  bool wants_ended() const { return state == StateWanted::any || state == StateWanted::ended; }

  net::LiveQuery live() const;
};

// Of "name=value" parts; a name that is not known, or stands twice, is a mistake.
std::expected<SessionQuery, Response> parse_session_query(std::span<const std::string> parts);

// "0123456789abcdef", "0123456789abcdef-2": as output::session_id writes them.
struct SessionId {
  std::uint64_t id;
  unsigned attempt;

  bool operator==(const SessionId&) const = default;
};
std::optional<SessionId> parse_session_id(std::string_view text);

}  // namespace lastframe::admin
