// What can be said of a connection's end only when all of it is known: legal ways to end that are
// worth knowing, and Pings that were never answered.
#pragma once

#include <vector>

#include "core/session/report.h"
#include "core/ws/violation.h"

namespace lastframe::session {

// `report`: of a connection that was open; its close, ends, pings, traffic and transport are read.
std::vector<ws::Violation> ending_findings(const SessionReport& report);

}  // namespace lastframe::session
