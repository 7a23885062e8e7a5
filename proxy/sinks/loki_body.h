// A batch for Loki's push API, /loki/api/v1/push.
#pragma once

#include <string>

#include "sinks/batch.h"
#include "sinks/options.h"

namespace lastframe::sinks {

// {"streams":[{"stream":{labels},"values":[["NANOSECONDS","LINE"],...]},...]}. The labels are
// service_name, instance, event, listener and level: nothing that comes from the wire. The line is
// the log's own, or flat in the names that are asked for.
std::string loki_body(const SinkOptions& options, const SinkBatch& batch);

}  // namespace lastframe::sinks
