// TLS in words, for every form of a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/session/report.h"

namespace lastframe::output {

// How the handshake failed: "the client sent the alert unknown_ca". Names and details are as they
// came. Only where the report has a failure.
std::string tls_failure_words(const session::SessionReport& report);

// "the proxy sent it the alert certificate_expired", where `endpoint` was sent one; else empty.
std::string sent_alert_words(const session::SessionReport& report, Endpoint endpoint);

// A certificate's date as "2026-11-20T19:00:01Z"; none before year 1 and after year 9999.
std::optional<std::string> certificate_time(std::int64_t unix_seconds);

}  // namespace lastframe::output
