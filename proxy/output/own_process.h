// What the kernel knows of this process, as Prometheus's client libraries report it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::output {

// What cannot be told is absent: /proc may not be there in a container.
struct OwnProcess {
  std::optional<double> cpu_s;  // user and system
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> most_open_files;
  std::optional<double> started;  // unix seconds
};

OwnProcess own_process();

// Of proc(5)'s /proc/self/stat, /proc/stat and the two units.
struct ProcTexts {
  std::string_view stat;
  std::string_view system_stat;
  double ticks_per_second = 100;
  std::uint64_t page_bytes = 4096;
};
// CPU, memory and start; nothing of texts that are not as they should be.
OwnProcess from_proc(const ProcTexts& texts);

}  // namespace lastframe::output
