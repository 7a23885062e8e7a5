// `lastframe explain CODE|CAUSE|RULE|PRODUCT`: what is known of it.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"
#include "cli/knowledge.h"

namespace lastframe::cli {

// Writes to `out`; what is not known is said in one line to `err`, and each mistake in a catalogue
// in one. Returns the exit code: 0 or 2.
int run_explain(const ExplainCommand& command, const Surroundings& surroundings, std::ostream& out,
                std::ostream& err);

}  // namespace lastframe::cli
