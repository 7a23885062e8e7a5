// The first steps of a visit: names, addresses, TLS.
#pragma once

#include <vector>

#include "probe/dial.h"
#include "probe/target.h"
#include "probe/visit.h"

namespace lastframe::probe {

// resolve, connect, and tls where the target has it.
std::vector<Step> way_steps(const Target& target, const Dialled& dialled);

}  // namespace lastframe::probe
