// A visit in words: for terminals, and as JSON.
#pragma once

#include <string>

#include "output/colour.h"
#include "probe/visit.h"

namespace lastframe::probe {

// Complete lines, of 80 columns.
std::string text_page(const Visit& visit, output::Colour colour);

// {"event":"probe","url":...,"ok":...,"steps":[...],"record":{...}}, without a line end. The record
// is that of docs/log-format.md, or null.
std::string json_text(const Visit& visit);

}  // namespace lastframe::probe
