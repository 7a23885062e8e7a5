// Time as an input: the core never reads a clock, each event brings its moment.
#pragma once

#include <chrono>

namespace lastframe {

// The monotonic timeline of one process. It has no now(): only the I/O shell knows what time it is.
struct MonotonicTimeline {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicTimeline, duration>;
  static constexpr bool is_steady = true;
};

using Moment = MonotonicTimeline::time_point;

// Calendar time in UTC, microseconds: when a session started. Later times are derived from it and
// from monotonic distances, so that a clock that is set in between bends no duration.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

inline double seconds_between(Moment from, Moment to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace lastframe
