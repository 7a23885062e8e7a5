// A batch as logs of OpenTelemetry: OTLP/HTTP 1.3 in JSON, for /v1/logs.
#pragma once

#include <string>
#include <string_view>

#include "sinks/batch.h"
#include "sinks/options.h"

namespace lastframe::sinks {

std::string otlp_body(const SinkOptions& options, const SinkBatch& batch);

// The 32 lower-case hex digits of a W3C trace id, of an AWS one (1-5759e988-bd86...) or of a B3
// one, whose 16 digits are filled up with zeros on the left; "" for any other text, and for nothing
// but zeros.
std::string otlp_trace_id(std::string_view text);

}  // namespace lastframe::sinks
