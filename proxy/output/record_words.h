// The words that every form of a record shares: ids, times, reasons, and what each party sees.
#pragma once

#include <string>
#include <string_view>

#include "core/session/report.h"

namespace lastframe::output {

// Calendar time of a moment of a session, as "2026-11-20T19:00:01.234567Z" (RFC 3339, UTC).
std::string utc_text(WallTime accepted_wall, Moment accepted, Moment at);

// 16 hex digits; a second and later upgrade request of a connection adds "-2", "-3", ...
std::string session_id(std::uint64_t id, unsigned attempt);

// A Close frame's reason as it may be shown: valid UTF-8, what looks like a token redacted.
std::string shown_reason(std::string_view reason);

// One close as it looks from three places, in a sentence each.
struct Views {
  std::string wire;     // what passed here
  std::string browser;  // the close event a page gets (WHATWG WebSockets, "close the connection")
  std::string server;   // what a server's library reports
};
Views views_of(const session::SessionReport& report);

}  // namespace lastframe::output
