// A report as one JSON object without a line feed; docs/report.md names the keys.
#pragma once

#include <string>

#include "output/wording.h"
#include "report/summary.h"

namespace lastframe::report {

std::string json_text(const Summary& summary, const output::Wording& wording);

}  // namespace lastframe::report
