// `lastframe ca create` and `lastframe ca show`: the local authority of interception.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"

namespace lastframe::cli {

// Writes what the authority is and how to trust it to `out`, a mistake to `err`. Returns the exit
// code: 0 or 2.
int run_ca(const CaCommand& command, std::ostream& out, std::ostream& err);

}  // namespace lastframe::cli
