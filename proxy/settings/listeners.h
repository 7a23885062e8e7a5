// The `listeners` of a configuration, and what holds among them.
#pragma once

#include <filesystem>
#include <vector>

#include "net/options.h"
#include "settings/value.h"

namespace lastframe::settings {

// What could be read. No two have the same name or the same address, and a single one without a
// name is called "default"; whatever is wrong is among the mistakes of `value`. Paths
// begin at `folder`.
std::vector<net::ListenerOptions> read_listeners(const Value& value,
                                                 const std::filesystem::path& folder);

}  // namespace lastframe::settings
