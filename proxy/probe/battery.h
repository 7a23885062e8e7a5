// All checks of a path, and what they came to.
#pragma once

#include <string>
#include <vector>

#include "output/colour.h"
#include "probe/check.h"

namespace lastframe::probe {

struct PathReport {
  Target target;
  std::vector<Row> rows;  // in the order of the checks
};

// A few checks at a time, each on connections of its own; the first two come first, alone. Where no
// echo answers, the rest is not tried.
PathReport test_path(const PathOptions& options);

// Whether anything was altered, lost or refused.
bool has_difference(const PathReport& report);

// Complete lines, of 80 columns: what was found, then all checks in one table.
std::string text_page(const PathReport& report, output::Colour colour);

// {"event":"path","url":...,"ok":...,"checks":[...]}, without a line end.
std::string json_text(const PathReport& report);

}  // namespace lastframe::probe
