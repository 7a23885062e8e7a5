// `lastframe analyze`: the proxy's verdicts on connections in files.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"
#include "cli/knowledge.h"

namespace lastframe::cli {

// Records to `out`; what a file does not show, progress and a summary to `err`. The exit code.
int run_analyze(const AnalyzeCommand& command, const Surroundings& surroundings, std::ostream& out,
                std::ostream& err);

}  // namespace lastframe::cli
