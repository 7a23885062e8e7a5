// The version, as `lastframe --version` prints it and CMakeLists.txt has it.
#pragma once

#include <string_view>

namespace lastframe::cli {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace lastframe::cli
