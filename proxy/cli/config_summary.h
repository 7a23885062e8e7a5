// What a configuration without mistakes comes to, in a line for each listener and route.
#pragma once

#include <iosfwd>
#include <string>

#include "settings/settings.h"

namespace lastframe::cli {

void write_summary(const settings::Settings& settings, const std::string& file, std::ostream& out);

}  // namespace lastframe::cli
