// `lastframe explain RULE`: what a rule demands, what breaks it, and what is legal beside it.
#pragma once

#include <expected>
#include <iosfwd>
#include <string_view>

#include "cli/arguments.h"
#include "core/base/error.h"
#include "core/ws/rule.h"
#include "output/colour.h"

namespace lastframe::cli {

// The rule that a word names: its id or its name, in any case, with or without hyphens and
// underscores. The error says what is known, and which rule was probably meant.
std::expected<ws::RuleRow, Error> rule_named(std::string_view word);

// Writes to `out`; what is not known is said in one line to `err`. Returns the exit code: 0 or 2.
int run_explain(const ExplainCommand& command, output::Colour colour, std::ostream& out,
                std::ostream& err);

}  // namespace lastframe::cli
