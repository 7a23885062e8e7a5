// `lastframe diff BEFORE AFTER`: what a hop did to the connections that two taps saw.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"
#include "output/colour.h"

namespace lastframe::cli {

// Writes to `out`; what cannot be read is said to `err`. Returns the exit code: 0, 1 if a pair is
// as grave as the command says, 2 if a capture cannot be read or no connection is in both. Live, it
// returns on SIGINT or SIGTERM.
int run_diff(const DiffCommand& command, output::Colour colour, std::ostream& out,
             std::ostream& err);

}  // namespace lastframe::cli
