// How long a path keeps a connection on which nobody speaks.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "probe/check.h"

namespace lastframe::probe {

// What one connection that was silent for a time came to.
struct Silence {
  std::chrono::milliseconds planned{0};
  bool has_survived = false;                         // an echo came behind it
  std::optional<std::chrono::milliseconds> ended{};  // when it was ended in the meantime
  std::string how{};                                 // ended how, or why it did not survive
};

struct SilenceBounds {
  std::chrono::milliseconds kept{0};                // the longest silence that was survived
  std::optional<std::chrono::milliseconds> lost{};  // the shortest that was not; absent: none
  std::string how{};                                // that one
};

// Survivors that were silent for longer than one that was lost show that a time-out is not alone:
// the bounds are those of the shortest one.
SilenceBounds bounds_of(const std::vector<Silence>& tried);

// The silences to try together: between the bounds, at most eight, or in known steps up to
// `longest` where nothing was lost yet. Empty: the bounds are as near as they need to be, which is
// a twentieth or 100 ms.
std::vector<std::chrono::milliseconds> next_silences(const SilenceBounds& bounds,
                                                     std::chrono::milliseconds longest);

std::vector<Check> silence_checks();

}  // namespace lastframe::probe
