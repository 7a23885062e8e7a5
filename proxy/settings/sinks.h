// `log.http`: where records go by HTTP.
#pragma once

#include <filesystem>
#include <vector>

#include "settings/value.h"
#include "sinks/options.h"

namespace lastframe::settings {

// Those that could be read; what is wrong is among the mistakes of the value. Paths begin at
// `folder`. Files with secrets are looked into, and not kept.
std::vector<sinks::SinkOptions> read_sinks(const Value& value, const std::filesystem::path& folder);

}  // namespace lastframe::settings
