// Numbers and facts as they stand in evidence sentences.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/input.h"
#include "core/session/report.h"
#include "core/ws/violation.h"

namespace lastframe::verdict {

// "420 ms", "60.0 s", "61.3 min", "4.0 h", "3.2 days".
std::string time_text(double seconds);
std::string time_text(Moment::duration time);

// "1 byte", "4096 bytes", "1048577 bytes (1.0 MiB)".
std::string size_text(std::uint64_t bytes);

// "1 message", "3 messages".
std::string count_text(std::uint64_t count, std::string_view what);

// "client", "server"; at the beginning of a sentence "The client", "The server".
std::string the(Endpoint endpoint);

// "a Close without a code", "Close 1001".
std::string close_text(unsigned code);

// "Frame 3 from the client, byte 412 of that direction".
std::string place_text(const ws::Violation& violation);
// "..., broke FR-04 (reserved_opcode): opcode 3; its header is 83 05."
std::string breach_text(const ws::Violation& violation);

// "ended its stream (FIN)", "reset the connection", ...
std::string_view end_verb(session::EndKind how);

// `text` with {closer}, {other} and {rule} replaced; without a closer the sides are "one side" and
// "other side", without a rule it is "RULE".
std::string filled_in(std::string_view text, std::optional<Endpoint> closer,
                      std::string_view rule = {});

}  // namespace lastframe::verdict
