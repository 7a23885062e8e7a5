// Where session records go, how they look and how much is said.
#pragma once

#include <string>

namespace lastframe::output {

enum class LogFormat { automatic, json, text };  // automatic: text on a terminal, else JSON lines

// Each level includes those before it.
enum class LogLevel { closes, violations, messages, frames };

struct LogOptions {
  std::string file = "-";  // "-": standard output
  LogFormat format = LogFormat::automatic;
  LogLevel level = LogLevel::closes;
  bool starts = false;  // a `session_start` line for each WebSocket connection

  bool operator==(const LogOptions&) const = default;
};

}  // namespace lastframe::output
