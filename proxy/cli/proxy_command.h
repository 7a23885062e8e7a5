// `lastframe proxy`: the main job.
#pragma once

#include "cli/arguments.h"

namespace lastframe::cli {

// Runs until it is told to stop; returns the exit code.
int run_proxy(const ProxyCommand& command);

}  // namespace lastframe::cli
