// The part of a record that tells of TLS (docs/log-format.md, "TLS").
#pragma once

#include "core/session/report.h"
#include "output/json.h"

namespace lastframe::output {

// The key "tls": null where both legs are plain text.
void append_tls(JsonWriter& json, const session::SessionReport& report);

}  // namespace lastframe::output
