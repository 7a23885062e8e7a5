// The command line of analyze.
#pragma once

#include <span>
#include <string>

#include "cli/flags.h"

namespace lastframe::cli {

// `arguments` without the command's word; errors as those of parse_arguments().
Result parse_analyze(std::span<const std::string> arguments);

}  // namespace lastframe::cli
