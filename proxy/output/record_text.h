// Session records and events as lines for people (docs/log-format.md).
#pragma once

#include <string>

#include "core/session/observer.h"
#include "core/session/report.h"
#include "output/colour.h"

namespace lastframe::output {

// One line each, without the line end; nothing from the wire can break the line or the terminal.

// When, code and name, who, how it ended, where to; then what there is to say about it (reason,
// handshake, answer, first broken rule); then numbers. The first four stand in columns. Where there
// is a verdict, indented lines follow: the cause, who has to act, evidence, candidates, the fix.
std::string record_text(const session::SessionReport& report, Colour colour);
std::string start_text(const session::SessionReport& report, Colour colour);
std::string frame_text(const session::SessionLabel& session, Moment at,
                       const session::FrameSeen& frame, Colour colour);
std::string message_text(const session::SessionLabel& session, Moment at,
                         const session::MessageSeen& message, Colour colour);
std::string violation_text(const session::SessionLabel& session, Moment at,
                           const ws::Violation& violation, Colour colour);

}  // namespace lastframe::output
