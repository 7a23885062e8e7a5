// One direction of a connection: what was sent, and what of it arrived.
#pragma once

#include <cstdint>
#include <vector>

#include "diff/finding.h"
#include "diff/item_comparison.h"
#include "diff/trace.h"

namespace lastframe::diff {

// Which ends of the two traces are those of the capture and not of the connection: what lies there
// on one side only is nobody's doing.
struct Horizon {
  bool sent_begins_late = false;
  bool sent_goes_on = false;
  bool arrived_begins_late = false;
  bool arrived_goes_on = false;
};

struct Matched {
  std::uint32_t sent = 0;  // places in DirectionTrace::items
  std::uint32_t arrived = 0;
};

struct StreamComparison {
  Findings findings;
  std::vector<Matched> matched;
  // Control frames on one side only, which have to do with the other direction's.
  std::vector<std::uint32_t> dropped_controls;   // of those sent
  std::vector<std::uint32_t> inserted_controls;  // of those that arrived
  std::uint64_t not_compared = 0;  // messages whose contents no tap can tell, or beyond a horizon
  bool is_exhaustive = true;
};

StreamComparison compare_stream(const Flow& flow, const Horizon& horizon);

}  // namespace lastframe::diff
