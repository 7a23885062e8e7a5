// What a connection teaches about others when it ends.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/report.h"

namespace lastframe::verdict {

struct EndFacts {
  Endpoint closer = Endpoint::server;  // sent the first Close, else ended first
  std::optional<std::uint16_t> code;   // of that Close, 1005 for an empty one; none: no Close
  bool was_cut_by_us = false;          // a shutdown or time-out of our own teaches nothing
  Moment accepted;
  Moment ended;                                   // when the end began
  Moment finished;                                // when it was over; later where a peer lingers
  std::optional<std::chrono::milliseconds> idle;  // since the last byte of either side
  std::array<std::optional<std::chrono::milliseconds>, 2> idle_of;  // by the Endpoint that sent
  std::optional<std::uint64_t> accepted_size;  // largest message towards the closer that was taken
  std::optional<std::uint64_t> refused_size;   // of the message that a 1009 answered
};

// A client that says good-bye does so for itself: many at once are a game that ended, a fleet or a
// load test. 1001 is not among them: a hop in front of us that is reloaded sends it for everyone.
inline bool is_leaving_by_itself(Endpoint closer, std::optional<std::uint16_t> code) {
  constexpr std::uint16_t kNormal = 1000;
  constexpr std::uint16_t kNoStatus = 1005;
  return closer == Endpoint::client && (code == kNormal || code == kNoStatus);
}

// Of a report without a verdict; none where the connection never opened.
std::optional<EndFacts> end_facts(const session::SessionReport& report);

}  // namespace lastframe::verdict
