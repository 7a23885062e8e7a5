// The command line of diff.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "cli/arguments.h"
#include "core/base/error.h"

namespace lastframe::cli {

// `arguments` without the command's word; errors as those of parse_arguments().
std::expected<Command, Error> parse_diff(std::span<const std::string> arguments);

}  // namespace lastframe::cli
