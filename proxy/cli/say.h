// Diagnostics, on standard error: a line each, whole, for threads must not mix theirs.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

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

}  // namespace lastframe::cli
