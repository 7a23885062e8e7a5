// `lastframe lookup TEXT`: what is known of a text from a log, a console or a Close frame.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"
#include "cli/knowledge.h"

namespace lastframe::cli {

// Writes to `out`; each mistake in a catalogue is said in one line to `err`. Returns the exit code:
// 0, 1 where nothing is like the text, or 2.
int run_lookup(const LookupCommand& command, const Surroundings& surroundings, std::ostream& out,
               std::ostream& err);

}  // namespace lastframe::cli
