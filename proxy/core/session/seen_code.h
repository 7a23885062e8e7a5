// What an endpoint reports to its application, as against what stood on the wire.
#pragma once

#include "core/base/endpoint.h"
#include "core/session/report.h"
#include "core/ws/close_code.h"

namespace lastframe::session {

// The code of the Close that `endpoint` received, or 1006 without one. A receiver that saw a MUST
// broken, or a code that never stands on the wire, fails the connection instead: 1006, too.
ws::CloseCode code_seen_by(Endpoint endpoint, const SessionReport& report);

}  // namespace lastframe::session
