// `log.http`: where records go by HTTP.
#pragma once

#include <filesystem>
#include <vector>

#include "output/sink_options.h"
#include "settings/value.h"

namespace lastframe::settings {

// Those that could be read; what is wrong is among the mistakes of the value. Paths begin at
// `folder`. Files with secrets are looked into, and not kept.
std::vector<output::SinkOptions> read_sinks(const Value& value,
                                            const std::filesystem::path& folder);

}  // namespace lastframe::settings
