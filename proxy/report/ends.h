// What a record teaches about times and sizes, as core/verdict takes it.
#pragma once

#include <optional>

#include "core/verdict/end_facts.h"
#include "report/record.h"

namespace lastframe::report {

// Nothing for a connection that never opened, or whose Close nobody could see. Moments count from
// 1970, so that those of several machines can be compared.
std::optional<verdict::EndFacts> end_facts(const Record& record);

}  // namespace lastframe::report
