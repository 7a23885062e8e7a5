// The command lines of explain, compare and lookup.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "cli/arguments.h"
#include "core/base/error.h"

namespace lastframe::cli {

// `arguments` without the command's word; errors as those of parse_arguments().
std::expected<Command, Error> parse_explain(std::span<const std::string> arguments);
std::expected<Command, Error> parse_compare(std::span<const std::string> arguments);
std::expected<Command, Error> parse_lookup(std::span<const std::string> arguments);

}  // namespace lastframe::cli
