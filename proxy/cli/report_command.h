// `lastframe report LOG...`: what session logs say, in one summary.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"
#include "cli/knowledge.h"

namespace lastframe::cli {

// Writes to `out`, or to the file that the command names; what cannot be read is said to `err`, a
// line each. Returns the exit code: 0, or 2 if a log or the catalogue cannot be read, no log has a
// record or the file cannot be written.
int run_report(const ReportCommand& command, const Surroundings& surroundings, std::ostream& out,
               std::ostream& err);

}  // namespace lastframe::cli
