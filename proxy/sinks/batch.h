// Records that travel together, and keep together: a batch that is sent again is the same batch.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::sinks {

struct SinkBatch {
  std::string id;                  // of batch_id()
  std::vector<std::string> lines;  // of the log, without their line ends

  bool operator==(const SinkBatch&) const = default;
};

// 16 hex digits that depend on nothing but the lines: the same batch has the same id after a
// restart, and a damaged one does not have its own any more. FNV-1a, which is no secret's guard.
std::string batch_id(std::span<const std::string> lines);

SinkBatch make_batch(std::vector<std::string> lines);

// What tells one line from all others: 16 hex digits of its bytes.
std::string line_id(std::string_view line);

}  // namespace lastframe::sinks
