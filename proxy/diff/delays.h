// How long the hop held messages back, and how far the clocks of the taps are apart.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "diff/finding.h"
#include "diff/item_comparison.h"
#include "diff/stream_comparison.h"
#include "diff/trace.h"

namespace lastframe::diff {

// From when an item was complete at the first tap until it was so at the second, for each that is
// at both; the difference of the clocks included.
std::vector<std::chrono::microseconds> delays_of(const Flow& flow, const Trace& sender_tap,
                                                 const Trace& receiver_tap,
                                                 const std::vector<Matched>& matched);

// Of many, half are not longer. No value: there are none.
std::optional<std::chrono::microseconds> median(std::vector<std::chrono::microseconds> values);

// Those of at least `threshold` more than is usual, and ten times as much as the others vary.
void find_delayed(const Flow& flow, const std::vector<Matched>& matched,
                  const std::vector<std::chrono::microseconds>& delays,
                  std::chrono::microseconds threshold, Findings& findings);

}  // namespace lastframe::diff
