// One connection at two taps: what the hop between them did to it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "diff/finding.h"
#include "diff/trace.h"

namespace lastframe::diff {

struct CompareOptions {
  std::chrono::microseconds delay = std::chrono::seconds(1);  // longer ones are told
  std::chrono::microseconds ends_apart = std::chrono::seconds(1);
};

struct DirectionResult {
  Severity severity = Severity::transparent;
  std::uint64_t messages_before = 0;  // items: messages, control frames, runs of stray bytes
  std::uint64_t messages_after = 0;
  std::uint64_t matched = 0;
  std::uint64_t not_compared = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  std::uint64_t frames_over = 0;  // beyond the limit of either tap
  bool is_exhaustive = true;
};

struct Comparison {
  Severity severity = Severity::transparent;
  std::vector<Finding> findings;              // the gravest first, else in the order of the stream
  std::array<DirectionResult, 2> directions;  // by Direction

  // Messages that no tap can tell.
  std::uint64_t not_compared() const {
    return directions[0].not_compared + directions[1].not_compared;
  }
};

// `before`: the tap on the client's side of the hop.
Comparison compare(const Trace& before, const Trace& after, const CompareOptions& options);

}  // namespace lastframe::diff
