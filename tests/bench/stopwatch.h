// How long a call keeps a CPU: the median of several runs, each of as many calls as fit into its
// time. What else the machine does is not counted, but for the caches that it takes.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace bench {

// Nanoseconds of one `call`. `runs` is odd.
double median_ns(int runs, std::chrono::microseconds run_time, auto&& call) {
  const auto on_cpu = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  const auto time_of = [&](std::uint64_t calls) {
    const auto begin = on_cpu();
    for (std::uint64_t i = 0; i < calls; ++i) call();
    return std::chrono::duration<double, std::nano>(on_cpu() - begin);
  };
  std::uint64_t calls = 1;
  while (time_of(calls) < run_time) calls *= 2;
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    times.push_back(time_of(calls).count() / static_cast<double>(calls));
  }
  std::ranges::nth_element(times, times.begin() + runs / 2);
  return times[static_cast<std::size_t>(runs) / 2];
}

}  // namespace bench
