// Names as operators write them in rules: "chat.example", or "*.example" for all names under it.
#pragma once

#include <string_view>

#include "core/base/words.h"

namespace lastframe::proxying {

// Letters' case and a last dot do not matter. "*" holds for every name, an empty one included.
inline bool matches(std::string_view pattern, std::string_view name) {
  if (pattern == "*") return true;
  if (pattern.ends_with('.')) pattern.remove_suffix(1);
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!pattern.starts_with("*.")) return in_lower_case(pattern) == in_lower_case(name);
  const std::string_view end = pattern.substr(1);  // with its dot
  return name.size() > end.size() &&
         in_lower_case(name.substr(name.size() - end.size())) == in_lower_case(end);
}

}  // namespace lastframe::proxying
