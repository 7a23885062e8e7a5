// A report as one page of HTML that needs nothing else: no script, no file, no network.
#pragma once

#include <string>

#include "output/wording.h"
#include "report/summary.h"

namespace lastframe::report {

std::string html_page(const Summary& summary, const output::Wording& wording);

}  // namespace lastframe::report
