// Session records and events as JSON lines (docs/log-format.md).
#pragma once

#include <string>

#include "core/session/observer.h"
#include "core/session/report.h"

namespace lastframe::output {

// One line each, without the line end.
std::string record_json(const session::SessionReport& report);
std::string start_json(const session::SessionReport& report);
std::string frame_json(const session::SessionLabel& session, Moment at,
                       const session::FrameSeen& frame);
std::string message_json(const session::SessionLabel& session, Moment at,
                         const session::MessageSeen& message);
std::string violation_json(const session::SessionLabel& session, Moment at,
                           const ws::Violation& violation);

}  // namespace lastframe::output
