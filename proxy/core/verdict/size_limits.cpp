#include "core/verdict/size_limits.h"

#include <algorithm>

namespace lastframe::verdict {

// Where two facts contradict each other, the limit was changed, and the newer one holds.
SizeLimits::Known SizeLimits::learn(const EndFacts& facts) {
  Side& side = sides_[index(facts.closer)];
  Known& known = side.known;
  const auto accepted = facts.accepted_size;
  const auto refused = facts.refused_size;
  // Who took a larger message before on the same connection did not refuse this one for its size.
  if (accepted && refused && *accepted >= *refused) return known;
  if (refused) {
    if (!known.smallest_refused || *refused <= *known.smallest_refused) {
      known.smallest_refused = refused;
      side.refused_at = facts.ended;
    }
    if (known.largest_accepted >= refused) known.largest_accepted.reset();
  }
  if (accepted) {
    if (known.smallest_refused && *accepted >= *known.smallest_refused) {
      // An old connection may have sent its message long before the other one was refused.
      if (facts.accepted <= side.refused_at) return known;
      known.smallest_refused.reset();
    }
    known.largest_accepted = std::max(known.largest_accepted.value_or(0), *accepted);
  }
  return known;
}

}  // namespace lastframe::verdict
