// Checks of frames that are legal and awkward: lengths, fragments, keys, sizes, bursts.
#pragma once

#include <vector>

#include "probe/check.h"
#include "probe/frame.h"
#include "probe/path_peer.h"

namespace lastframe::probe {

std::vector<Check> frame_checks();

// Sends `frames` to the echo and compares what arrived there and what came back.
void exchange(const PathOptions& options, PathPeer& peer, const std::vector<Frame>& frames,
              Row& row);

}  // namespace lastframe::probe
