// What the standard library of this compiler does not have yet.
#pragma once

#include <algorithm>

namespace lastframe {

// std::ranges::contains of C++23.
template <typename Range, typename Value>
constexpr bool contains(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace lastframe
