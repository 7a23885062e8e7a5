// Answers of the API, as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "admin/recent_sessions.h"
#include "admin/session_query.h"
#include "net/live_sessions.h"

namespace lastframe::admin {

// The live ones first, the youngest first; then those that ended, the last one first. `ended` need
// not match yet.
std::string sessions_json(const net::LiveAnswer& live, const RecentSessions::Records& ended,
                          const SessionQuery& query);

struct Summary {
  double uptime_s;
  std::uint64_t connections_open;  // whatever they speak
  const net::LiveAnswer& live;
  RecentSessions::Records ended;
};
std::string summary_json(const Summary& summary);

}  // namespace lastframe::admin
