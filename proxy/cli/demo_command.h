// `lastframe demo`: a service that misbehaves in every way, traffic for it, the proxy in between.
#pragma once

#include "cli/arguments.h"

namespace lastframe::cli {

// Returns the exit code.
int run_demo(const DemoCommand& command);

}  // namespace lastframe::cli
