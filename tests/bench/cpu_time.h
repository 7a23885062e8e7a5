// The CPU time of a process, as its scheduler counts it.
#pragma once

#include <cstdint>

namespace bench {

/// Nanoseconds that all threads of the process have spent on a CPU. Exact while the process does
/// not run, which holds when it shares its core with us.
std::uint64_t cpu_time_ns(int pid);

}  // namespace bench
