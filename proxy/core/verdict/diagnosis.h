// The verdict: from the facts of one connection and the catalogue, why it ended and what to do.
#pragma once

#include "core/catalogue/catalogue.h"
#include "core/session/report.h"

namespace lastframe::verdict {

// A pure function: the same facts give the same verdict, live and in a replay. There always is one;
// `catalogue` has a row for every Cause.
session::Verdict classify(const session::SessionReport& report,
                          const catalogue::Catalogue& catalogue);

}  // namespace lastframe::verdict
