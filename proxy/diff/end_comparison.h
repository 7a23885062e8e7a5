// How the streams of a connection ended at both taps.
#pragma once

#include <chrono>

#include "diff/finding.h"
#include "diff/trace.h"

namespace lastframe::diff {

// `apart`: ends that lie further from each other than that are told. `clocks`: how much later the
// clock of the tap behind the hop shows the same moment.
void compare_ends(const Trace& before, const Trace& after, std::chrono::microseconds clocks,
                  std::chrono::microseconds apart, Findings& findings);

}  // namespace lastframe::diff
