// The command lines of probe and echo.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "cli/arguments.h"
#include "core/base/error.h"

namespace lastframe::cli {

// `arguments` without the command's word; errors as those of parse_arguments().
std::expected<Command, Error> parse_probe(std::span<const std::string> arguments);
std::expected<Command, Error> parse_echo(std::span<const std::string> arguments);

}  // namespace lastframe::cli
