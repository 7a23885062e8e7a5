// The scenarios of the demo that end with a Close frame.
#pragma once

#include <vector>

#include "tools/demo_scenario.h"

namespace lastframe::tools {

std::vector<Scenario> close_scenarios();

}  // namespace lastframe::tools
