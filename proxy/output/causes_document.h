// docs/causes.md, which is generated: `lastframe explain --markdown causes` prints it.
#pragma once

#include <string>

#include "core/catalogue/catalogue.h"

namespace lastframe::output {

// The whole page in Markdown, in English.
std::string causes_document(const catalogue::Catalogue& rows);

}  // namespace lastframe::output
