// docs/rules.md, which is generated: `lastframe explain --markdown` prints it.
#pragma once

#include <string>

namespace lastframe::output {

// The whole page in Markdown.
std::string rules_document();

}  // namespace lastframe::output
