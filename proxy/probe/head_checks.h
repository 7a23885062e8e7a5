// Checks of the opening handshake: heads that are legal and awkward, extensions, early frames.
#pragma once

#include <vector>

#include "probe/check.h"

namespace lastframe::probe {

// Each tells what it is about only: what the path does to every head is told by the first.
std::vector<Check> head_checks();

}  // namespace lastframe::probe
