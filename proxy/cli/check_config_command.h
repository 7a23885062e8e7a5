// `lastframe check-config FILE`: every mistake at once.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"

namespace lastframe::cli {

// Writes mistakes to `err` (as JSON: an array to `out`, empty for a good file), and for a good file
// its listeners to `out`. Returns the exit code: 0 or 2.
int run_check_config(const CheckConfigCommand& command, std::ostream& out, std::ostream& err);

}  // namespace lastframe::cli
