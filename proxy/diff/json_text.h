// The comparison for programs.
#pragma once

#include <string>

#include "diff/report.h"
#include "diff/words.h"

namespace lastframe::diff {

// One line. Keys and words are only ever added.
std::string json_text(const Report& report);

// One pair alone, as it is told while captures grow: {"event": "connection", ...}.
std::string json_of_pair(const PairReport& pair, const Names& names);

}  // namespace lastframe::diff
