// `lastframe health`: asks a running proxy's admin port how it is. For HEALTHCHECK of containers
// and for scripts, so that no image needs curl.
#pragma once

#include <iosfwd>

#include "cli/arguments.h"

namespace lastframe::cli {

// One request, answered within the command's timeout or not. A good answer (status 200) goes to
// `out`, any other outcome to `err`; as JSON both go to `out`. kExitDone, or kExitFoundSomething.
int run_health(const HealthCommand& command, std::ostream& out, std::ostream& err);

}  // namespace lastframe::cli
