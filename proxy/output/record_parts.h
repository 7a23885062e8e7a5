// The parts of a record that start lines and sessions that go on have as well.
#pragma once

#include <string_view>

#include "core/session/report.h"
#include "output/json.h"

namespace lastframe::output {

// Each appends keys to an open object.
// "event" to "extensions"; "time" is that of `at`.
void append_identity(JsonWriter& json, const session::SessionReport& report, std::string_view event,
                     Moment at);
void append_request_and_handshake(JsonWriter& json, const session::SessionReport& report);
// "reason_hex", where the bytes are not UTF-8.
void append_reason_hex(JsonWriter& json, const session::CloseSeen& close);
// "close_frames" and "stream_ends"
void append_ends(JsonWriter& json, const session::SessionReport& report);
void append_violation(JsonWriter& json, const ws::Violation& violation);
// "violations" and "violation_count"
void append_violations(JsonWriter& json, const session::SessionReport& report);

}  // namespace lastframe::output
