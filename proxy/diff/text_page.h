// The comparison for people.
#pragma once

#include <cstddef>
#include <string>

#include "diff/report.h"
#include "diff/words.h"
#include "output/colour.h"

namespace lastframe::diff {

// Connections that are not transparent, `most` of them, each with its findings; the rest as counts.
std::string text_page(const Report& report, std::size_t most, output::Colour colour);

// One pair alone, as it is told while captures grow.
std::string text_of_pair(const PairReport& pair, const Names& names, output::Colour colour);

}  // namespace lastframe::diff
