// The line that tells a mass close (docs/log-format.md).
#pragma once

#include <string>

#include "core/session/mass_close_seen.h"
#include "output/colour.h"

namespace lastframe::output {

// One line each, without the line end.
std::string mass_close_json(const session::MassCloseSeen& seen);
std::string mass_close_text(const session::MassCloseSeen& seen, Colour colour);

}  // namespace lastframe::output
