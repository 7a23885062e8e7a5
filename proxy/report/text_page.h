// A report for a terminal.
#pragma once

#include <string>

#include "output/colour.h"
#include "output/wording.h"
#include "report/summary.h"

namespace lastframe::report {

std::string text_page(const Summary& summary, const output::Wording& wording,
                      output::Colour colour);

}  // namespace lastframe::report
