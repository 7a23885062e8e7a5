// What a word on the command line names: a close code, a rule, a cause or a product.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/catalogue/catalogue.h"
#include "core/ws/rule.h"
#include "output/known_code.h"

namespace lastframe::cli {

// The rule that a word names: its id or its name, in any case, with or without hyphens and
// underscores.
std::optional<ws::RuleRow> rule_named(std::string_view word);
// Whether it is the rule's id that the word is.
bool is_id_of(const ws::RuleRow& row, std::string_view word);

// Likewise by id; null where none has it. A product's name will do, too.
const catalogue::CauseRow* cause_named(const catalogue::Catalogue& rows, std::string_view word);
std::string product_named(const catalogue::Catalogue& rows, std::string_view word);  // id, or ""

// The code that is written in digits; any other word, or a number that is no code, is an error.
// `command` is named in it.
std::expected<output::KnownCode, Error> code_named(const catalogue::Catalogue& rows,
                                                   std::string_view word, std::string_view command);

bool is_number(std::string_view word);

// "did you mean 1008?", or "" where no known word is near.
std::string suggestion(const catalogue::Catalogue& rows, std::string_view word);

// For a word that names nothing.
Error unknown_word(const catalogue::Catalogue& rows, std::string_view word);

}  // namespace lastframe::cli
