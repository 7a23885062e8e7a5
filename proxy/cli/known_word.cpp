#include "cli/known_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/ascii.h"
#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "output/explain.h"

namespace lastframe::cli {
namespace {

constexpr std::string_view kSearch =
    "`lastframe explain --list codes|causes|rules|products` names all, `lastframe lookup TEXT` "
    "searches texts";

// "fr01" for "FR-01", "fr_01" and "fr01".
std::string plain(std::string_view word) {
  std::string result;
  for (const char c : word) {
    if (c != '-' && c != '_' && c != ' ') result += lower(c);
  }
  return result;
}

// Nothing for more digits than any code has.
std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

bool is_number(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, is_digit);
}

std::optional<ws::RuleRow> rule_named(std::string_view word) {
  const std::string wanted = plain(word);
  for (const ws::RuleRow& row : ws::kRules) {
    if (wanted == plain(row.id) || wanted == plain(row.name)) return row;
  }
  return std::nullopt;
}

bool is_id_of(const ws::RuleRow& row, std::string_view word) {
  return plain(row.id) == plain(word);
}

const catalogue::CauseRow* cause_named(const catalogue::Catalogue& rows, std::string_view word) {
  const std::string wanted = plain(word);
  for (const catalogue::CauseRow& row : rows.causes) {
    if (wanted == plain(row.id)) return &row;
  }
  return nullptr;
}

std::string product_named(const catalogue::Catalogue& rows, std::string_view word) {
  const std::string wanted = plain(word);
  if (wanted.empty()) return {};
  for (const auto& row : rows.products) {
    if (wanted == plain(row.id) || wanted == plain(row.name)) return row.id;
  }
  for (const auto& row : rows.applications) {
    if (wanted == plain(row.id) || wanted == plain(row.name)) return row.id;
  }
  return {};
}

std::expected<output::KnownCode, Error> code_named(const catalogue::Catalogue& rows,
                                                   std::string_view word,
                                                   std::string_view command) {
  const auto error = [&](std::string what, std::string_view otherwise) {
    const std::string near = suggestion(rows, word);
    return std::unexpected(
        Error{std::string(command), std::move(what), near.empty() ? std::string(otherwise) : near});
  };
  constexpr std::string_view kHowToWrite = "write a number as in 1008";
  if (!is_number(word)) return error(in_quotes(word) + " is no close code", kHowToWrite);
  const auto code = number(word);
  if (!code || *code > 65535) {
    return error(fmt::format("{} is no close code", printable(word)),
                 "they are numbers from 0 to 65535");
  }
  auto known = output::known_code(rows, *code);
  if (known) return *std::move(known);
  return error(fmt::format("nothing is known of the close code {}", *code),
               "`lastframe explain --list codes` names all that are");
}

std::string suggestion(const catalogue::Catalogue& rows, std::string_view word) {
  std::string near;
  if (is_number(word)) {
    near = output::nearest_code(rows, word);
  } else {
    std::vector<std::string_view> known;
    for (const catalogue::CauseRow& row : rows.causes) known.push_back(row.id);
    for (const ws::RuleRow& row : ws::kRules) known.push_back(row.id);
    for (const ws::RuleRow& row : ws::kRules) known.push_back(row.name);
    for (const catalogue::ProductRow& row : rows.products) known.push_back(row.id);
    for (const catalogue::ApplicationRow& row : rows.applications) known.push_back(row.id);
    near = nearest(word, known);
  }
  return near.empty() ? std::string() : fmt::format("did you mean {}?", near);
}

Error unknown_word(const catalogue::Catalogue& rows, std::string_view word) {
  for (const output::IdWithoutRow& row : output::kIdsWithoutRow) {
    if (plain(row.id) != plain(word)) continue;
    return {"explain", fmt::format("{} is no rule of its own: {}", row.id, row.why),
            "`lastframe explain --list` names all rules"};
  }
  const std::string near = suggestion(rows, word);
  return {"explain",
          fmt::format("{} is no close code, cause, rule or product that is known", in_quotes(word)),
          near.empty() ? std::string(kSearch) : fmt::format("{} {}", near, kSearch)};
}

}  // namespace lastframe::cli
