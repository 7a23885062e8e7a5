// A session that goes on, in the words of its record.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/session/report.h"
#include "core/session/stage.h"

namespace lastframe::output {

struct LiveFacts {
  const session::SessionReport& so_far;  // its end is the moment of the look
  session::Stage stage;
  std::chrono::microseconds idle;
  std::array<std::uint64_t, 2> pending;  // bytes held for the reader, by Direction
};

// One line without its end: {"state":"open","event":"session_live",...}
std::string live_json(const LiveFacts& facts);

// The JSON of a record (or of a line of the log), with "state":"ended" before its other keys.
std::string ended_json(std::string_view record);

}  // namespace lastframe::output
