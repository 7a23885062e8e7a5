// Keepalives that went wrong: who did not answer, and whether the answer passed here.
#pragma once

#include "core/catalogue/catalogue.h"
#include "core/verdict/case.h"
#include "core/verdict/finding.h"

namespace lastframe::verdict {

// The closer's reason says that its keepalive was not answered.
Finding announced_keepalive(const Case& facts, const catalogue::ReasonRow& reason);

}  // namespace lastframe::verdict
