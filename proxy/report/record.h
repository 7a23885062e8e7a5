// What a report needs of one line of a log. Views hold until the next line is parsed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/moment.h"

namespace lastframe::report {

enum class Event : std::uint8_t {
  session_end,
  handshake_failed,
  connect_failed,
  tls_failed,
  mass_close,
  violation,
  session_start,
  message,
  frame,
  summary,
  other,  // of a later version
};
inline constexpr std::size_t kEventCount = static_cast<std::size_t>(Event::other) + 1;
inline constexpr std::array<std::string_view, kEventCount> kEventNames{
    "session_end",   "handshake_failed", "connect_failed", "tls_failed", "mass_close", "violation",
    "session_start", "message",          "frame",          "summary",    "other"};

// Of one connection that ended or never opened.
constexpr bool is_of_connection(Event event) { return event <= Event::tls_failed; }

struct BrokenRule {
  std::string_view id;
  std::string_view side;

  bool operator==(const BrokenRule&) const = default;
};

struct CauseSeen {
  std::string_view id;
  std::string_view party;
  std::string_view fix;

  bool operator==(const CauseSeen&) const = default;
};

struct CloseRead {
  std::optional<std::uint16_t> code;
  std::string_view initiator;
  std::string_view ending;
  bool is_clean = false;
  bool has_frame = false;  // of either side

  bool operator==(const CloseRead&) const = default;
};

struct MassCloseRead {
  std::string_view began;
  std::string_view summary;
  std::uint64_t closes = 0;
  double lasted = 0;  // seconds

  bool operator==(const MassCloseRead&) const = default;
};

// Empty texts and absent numbers: the line has none, null, or something of another type there.
struct Record {
  Event event = Event::other;
  std::string_view event_word;
  std::optional<WallTime> time;
  std::string_view listener;
  std::string_view upstream;
  std::string_view client;
  std::string_view path;
  std::string_view user_agent;
  std::optional<double> lasted;  // seconds
  std::string_view outcome;      // of the handshake
  std::optional<unsigned> status;
  std::optional<double> handshake_lasted;
  std::string_view tls_leg;
  std::string_view tls_fault;
  CloseRead close;
  std::array<std::optional<double>, 2> close_at;  // by Endpoint, seconds since the accept
  std::optional<double> first_end_at;
  std::string_view first_end_how;
  std::string_view connect_error;
  std::optional<CauseSeen> cause;
  std::vector<BrokenRule> broken;                               // of a `violation` line: that one
  std::array<std::optional<double>, 2> idle;                    // by Direction, seconds
  std::array<std::optional<std::uint64_t>, 2> largest_message;  // by Direction, bytes
  bool is_sealed = false;
  MassCloseRead mass;
};

}  // namespace lastframe::report
