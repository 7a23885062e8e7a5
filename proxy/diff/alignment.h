// Which of two sequences' elements belong together: the shortest edit script (Myers, "An O(ND)
// Difference Algorithm and Its Variations", 1986), in bounded time on hostile input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace lastframe::diff {

// Both: they are the same. One: it stands on that side only.
struct Step {
  std::optional<std::uint32_t> sent;
  std::optional<std::uint32_t> arrived;

  bool operator==(const Step&) const = default;
};

struct Sequences {
  std::size_t sent = 0;  // how many elements there are
  std::size_t arrived = 0;
  std::function<bool(std::size_t, std::size_t)> same;  // of one on each side
  // Numbers that are mostly different for different elements, and equal for those that are the
  // same; 0: has none.
  std::function<std::uint64_t(std::size_t)> sent_key;
  std::function<std::uint64_t(std::size_t)> arrived_key;
};

struct Alignment {
  std::vector<Step> steps;    // each element once, in order
  bool is_exhaustive = true;  // false: there were too many differences to seek the fewest
};

// Calls `same` at most some twenty million times, and twice for each element where all are the
// same.
Alignment align(const Sequences& sequences);

}  // namespace lastframe::diff
