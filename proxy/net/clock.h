// The only place that reads the time.
#pragma once

#include <time.h>

#include <chrono>

#include "core/base/moment.h"

namespace lastframe::net {

inline Moment now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return Moment(
      std::chrono::seconds(t.tv_sec) +
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(t.tv_nsec)));
}

inline WallTime wall_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace lastframe::net
