// `lastframe probe URL`: what a connection comes to; with --against: what a path does to it.
#pragma once

#include <iosfwd>

#include "cli/knowledge.h"
#include "cli/probe_commands.h"

namespace lastframe::cli {

// Writes to `out`; what is wrong with the command to `err`. Returns the exit code: 0 all is well, 1
// something was found wrong, 2 a file cannot be read or the test cannot be made.
int run_probe(const ProbeCommand& command, const Surroundings& surroundings, std::ostream& out,
              std::ostream& err);

}  // namespace lastframe::cli
