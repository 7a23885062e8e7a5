// Checks of ends: Close frames of every code in both directions, and streams that end without one.
#pragma once

#include <vector>

#include "probe/check.h"

namespace lastframe::probe {

std::vector<Check> close_checks();
std::vector<Check> end_checks();

}  // namespace lastframe::probe
