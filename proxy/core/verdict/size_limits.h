// The size limit of each side, narrowed from the messages that it took and those that it refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/verdict/end_facts.h"

namespace lastframe::verdict {

class SizeLimits {
 public:
  // Of messages towards one side: largest_accepted < smallest_refused, where both are known.
  struct Known {
    std::optional<std::uint64_t> largest_accepted;
    std::optional<std::uint64_t> smallest_refused;

    bool operator==(const Known&) const = default;
  };

  // What is known with this end, of the side that closed.
  Known learn(const EndFacts& facts);

  std::optional<std::uint64_t> smallest_refused(Endpoint side) const {
    return sides_[index(side)].known.smallest_refused;
  }

 private:
  struct Side {
    Known known;
    Moment refused_at;  // when the smallest refused one was
  };

  std::array<Side, 2> sides_;  // by Endpoint
};

}  // namespace lastframe::verdict
