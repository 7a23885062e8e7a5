// Two items of a direction, as one tap saw them sent and the other saw them arrive.
#pragma once

#include <cstdint>

#include "core/base/endpoint.h"
#include "diff/finding.h"
#include "diff/trace.h"

namespace lastframe::diff {

// A direction at both taps, in the order of its bytes: towards the server the first tap is where
// they are sent, towards the client the second.
struct Flow {
  Direction direction = Direction::client_to_server;
  const DirectionTrace& sent;
  const DirectionTrace& arrived;
  // Whether permessage-deflate stands in the 101 of each tap.
  bool sent_accepts_compression = false;
  bool arrived_accepts_compression = false;
};

// Whether nothing that is said differs. Where neither content can be compared, lengths decide.
bool is_same(const Flow& flow, const Item& sent, const Item& arrived);

// Whether their contents could be compared at all.
bool is_comparable(const Item& sent, const Item& arrived);

// Whether one looks like what became of the other, although the content differs.
bool is_similar(const Flow& flow, const Item& sent, const Item& arrived);

// A finding with both places; turned towards the taps.
Finding finding_at(const Flow& flow, Kind kind, const Item* sent, const Item* arrived);

// Of items that are the same: how their frames differ.
void compare_frames(const Flow& flow, const Item& sent, const Item& arrived, Findings& findings);

// Of items that are not the same, but stand for each other: how the content changed.
Finding change_of(const Flow& flow, const Item& sent, const Item& arrived);

}  // namespace lastframe::diff
