// The scenarios of the demo in which somebody drops the connection, breaks a rule of the protocol,
// or does not let it open.
#pragma once

#include <vector>

#include "tools/demo_scenario.h"

namespace lastframe::tools {

std::vector<Scenario> drop_scenarios();
std::vector<Scenario> malformed_scenarios();
std::vector<Scenario> handshake_scenarios();

}  // namespace lastframe::tools
