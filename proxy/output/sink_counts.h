// What became of the records of one sink; docs/metrics.md has them as lastframe_sink_*.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/moment.h"

namespace lastframe::output {

struct SinkCounts {
  std::string name;             // of the sink
  std::uint64_t delivered = 0;  // records that the receiver has taken
  std::uint64_t dropped = 0;    // records lost: refused, no room left, damaged
  std::uint64_t sampled = 0;    // records left out in a storm
  std::uint64_t batches_ok = 0;
  std::uint64_t batches_retried = 0;  // requests that failed and are made again
  std::uint64_t batches_refused = 0;
  std::uint64_t waiting_records = 0;       // in memory
  std::uint64_t spool_bytes = 0;           // on disk
  std::optional<WallTime> last_success{};  // when the receiver last took a batch

  bool operator==(const SinkCounts&) const = default;
};

}  // namespace lastframe::output
