// `lastframe echo`: the far end of a path test.
#pragma once

#include "cli/probe_commands.h"

namespace lastframe::cli {

// Serves until SIGINT or SIGTERM. Returns the exit code: 0, or 2 for a start that is not possible.
int run_echo(const EchoCommand& command);

}  // namespace lastframe::cli
