// Which known timers fit the time at which a connection ended (docs/causes.md lists them).
#pragma once

#include <string>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "core/verdict/case.h"

namespace lastframe::verdict {

double seconds_of(const catalogue::TimeoutRow& row);

// Clients do not run server libraries, nor does a server's library end the client's side. Null, a
// product that has no row, can stand anywhere.
bool can_stand_at(const catalogue::ProductRow* product, Endpoint side);

// A timer fits within max(1 s, 2 %): it starts at the last byte that its hop saw, and fires late.
bool is_near(double seconds, double timer);

// What somebody may have set a timer to: whole seconds, from a second on.
inline constexpr double kShortestCustom = 0.95;
bool is_round(double seconds);

struct TimerMatch {
  const catalogue::TimeoutRow* row;
  const catalogue::ProductRow* product;  // null: the user's row names one that has no row
  double measured;                       // seconds
  bool is_on_path;                       // its product was recognised on the closer's side
};

// Those whose product is on the path, then defaults, then the closest.
void put_best_first(std::vector<TimerMatch>& found);

// Timers of `kind` on the closer's side that fit how the connection ended; the best first. Empty
// without a closer.
std::vector<TimerMatch> matching_timers(const Case& facts, catalogue::TimeoutKind kind);

// "nginx: proxy_read_timeout is 60.0 s by default".
std::string candidate_text(const TimerMatch& match);

}  // namespace lastframe::verdict
