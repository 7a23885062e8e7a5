// `lastframe compare CODE CODE`: what sets two close codes apart.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"
#include "cli/knowledge.h"

namespace lastframe::cli {

// Writes to `out`; what cannot be compared is said in one line to `err`, and each mistake in a
// catalogue in one. Returns the exit code: 0 or 2.
int run_compare(const CompareCommand& command, const Surroundings& surroundings, std::ostream& out,
                std::ostream& err);

}  // namespace lastframe::cli
