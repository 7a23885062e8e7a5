#include "cli/explain_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "output/explain.h"
#include "output/rules_document.h"

namespace lastframe::cli {
namespace {

// "fr01" for "FR-01", "fr_01" and "fr01".
std::string plain(std::string_view word) {
  std::string result;
  for (const char c : word) {
    if (c == '-' || c == '_') continue;
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

bool is_number(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view nearest_rule(std::string_view word) {
  std::vector<std::string_view> known;
  for (const ws::RuleRow& row : ws::kRules) known.push_back(row.id);
  for (const ws::RuleRow& row : ws::kRules) known.push_back(row.name);
  return nearest(word, known);
}

std::unexpected<Error> unknown(std::string_view word) {
  const auto error = [](std::string what, std::string remedy) {
    return std::unexpected(Error{"explain", std::move(what), std::move(remedy)});
  };
  constexpr std::string_view kList = "`lastframe explain --list` names all rules";
  if (is_number(word)) {
    return error("close codes are not explained in this version yet, only rules",
                 std::string(kList));
  }
  for (const output::IdWithoutRow& row : output::kIdsWithoutRow) {
    if (plain(row.id) != plain(word)) continue;
    return error(fmt::format("{} is no rule of its own: {}", row.id, row.why), std::string(kList));
  }
  const std::string_view near = nearest_rule(word);
  return error(fmt::format("{} is none of the {} rules", in_quotes(word), ws::kRuleCount),
               near.empty() ? std::string(kList) : fmt::format("did you mean {}? {}", near, kList));
}

void write(const ws::RuleRow& row, ExplainFormat format, output::Colour colour, std::ostream& out) {
  if (format == ExplainFormat::json) {
    out << output::rule_json(row) << '\n';
  } else {
    out << output::rule_page(row, colour);
  }
}

void write_all(ExplainFormat format, output::Colour colour, std::ostream& out) {
  switch (format) {
    case ExplainFormat::text:
      out << output::rule_list(colour);
      return;
    case ExplainFormat::json:
      out << output::rule_list_json() << '\n';
      return;
    case ExplainFormat::markdown:
      out << output::rules_document();
      return;
  }
}

}  // namespace

std::expected<ws::RuleRow, Error> rule_named(std::string_view word) {
  const std::string wanted = plain(word);
  for (const ws::RuleRow& row : ws::kRules) {
    if (wanted == plain(row.id) || wanted == plain(row.name)) return row;
  }
  return unknown(word);
}

int run_explain(const ExplainCommand& command, output::Colour colour, std::ostream& out,
                std::ostream& err) {
  if (!command.word) {
    write_all(command.format, colour, out);
    return kExitDone;
  }
  const auto row = rule_named(*command.word);
  if (!row) {
    err << "lastframe: " << to_text(row.error()) << '\n';
    return kExitBadUsage;
  }
  write(*row, command.format, colour, out);
  return kExitDone;
}

}  // namespace lastframe::cli
