// Diagnostics, on standard error: a line each, whole, for threads must not mix theirs.
#pragma once

#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "core/base/error.h"

namespace lastframe::cli {

inline void say(const std::string& line) {
  const std::string text = line + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

// Mistakes of a file begin with its name and line, so that editors can jump there.
inline void say(const std::vector<Error>& errors) {
  for (const Error& error : errors) say(to_text(error));
}

// Of a command that only prints: why it cannot be carried out. The exit code for that.
inline int refuse(const Error& error, std::ostream& err) {
  err << "lastframe: " << to_text(error) << '\n';
  return kExitBadUsage;
}

inline int refuse(const std::vector<Error>& errors, std::ostream& err) {
  for (const Error& error : errors) refuse(error, err);
  return kExitBadUsage;
}

}  // namespace lastframe::cli
