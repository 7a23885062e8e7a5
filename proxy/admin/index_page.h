// The page at /: a list of what there is.
#pragma once

#include <string>

namespace lastframe::admin {

// HTML without styles, scripts or anything else to load.
std::string index_page();

}  // namespace lastframe::admin
