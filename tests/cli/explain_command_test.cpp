#include "cli/explain_command.h"

#include <doctest/doctest.h>

#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "core/ws/rule_table.h"
#include "output/explain.h"
#include "output/rules_document.h"

namespace lastframe::cli {
namespace {

using output::Colour;
using ws::Rule;

struct Run {
  explicit Run(const ExplainCommand& command, Colour colour = Colour::off) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    exit_code = run_explain(command, colour, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
  }

  int exit_code;
  std::string out;
  std::string err;
};

// The id of the rule that is found, or what is said where none is.
std::string found(std::string_view word) {
  const auto row = rule_named(word);
  return row ? std::string(row->id) : to_text(row.error());
}

TEST_CASE("each rule is found by its id and by its name, however they are written") {
  const auto lower = [](std::string_view text) {
    std::string result;
    for (const char c : text) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
  };
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const std::string id(row.id);
    CHECK(found(id) == row.id);
    CHECK(found(lower(id)) == row.id);
    CHECK(found(lower(id.substr(0, 2) + id.substr(3))) == row.id);
    CHECK(found(row.name) == row.id);
  }
  CHECK(found("fr_01") == "FR-01");
  CHECK(found("Client-Frame-Unmasked") == "FR-01");
}

TEST_CASE("a word that names no rule is answered with what is known") {
  struct Row {
    std::string_view word;
    std::string_view said;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"client_frame_unmaskd",
       "explain: \"client_frame_unmaskd\" is none of the 64 rules; did you mean "
       "client_frame_unmasked? `lastframe explain --list` names all rules"},
      {"CT-00", "explain: \"CT-00\" is none of the 64 rules; did you mean CT-01? `lastframe"},
      {"nonsense",
       "explain: \"nonsense\" is none of the 64 rules; `lastframe explain --list` names"},
      {"", "explain: \"\" is none of the 64 rules; `lastframe explain --list` names all rules"},
      {"FR", "explain: \"FR\" is none of the 64 rules; `lastframe explain --list` names all rules"},
      {"\x1b[31m", "explain: \"\\x1b[31m\" is none of the 64 rules; `lastframe explain --list`"},
      {"1008",
       "explain: close codes are not explained in this version yet, only rules; `lastframe"},
      {"99999999999999999999", "explain: close codes are not explained in this version yet"},
      {"fr-12",
       "explain: FR-12 is no rule of its own: a message between another one's fragments is "
       "seen as FR-11; `lastframe explain --list` names all rules"},
      {"HS-23", "explain: HS-23 is no rule of its own: it comes with TLS; `lastframe"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.word);
    const Run run({std::string(row.word), ExplainFormat::text});
    CAPTURE(run.err);
    CHECK(run.exit_code == 2);
    CHECK(run.out == "");
    CHECK(run.err.starts_with("lastframe: " + std::string(row.said)));
    CHECK(run.err.find('\n') == run.err.size() - 1);
    const Run as_json({std::string(row.word), ExplainFormat::json});
    CHECK(as_json.exit_code == 2);
    CHECK(as_json.out == "");
  }
  CHECK(found(std::string(1 << 20, 'x')).size() < 300);
}

TEST_CASE("one rule is explained as a page or as a JSON object") {
  const ws::RuleRow& row = row_of(Rule::ping_unanswered);
  const Run page({"CT-01", ExplainFormat::text});
  CHECK(page.exit_code == 0);
  CHECK(page.err == "");
  CHECK(page.out == output::rule_page(row, Colour::off));
  CHECK(Run({"CT-01", ExplainFormat::text}, Colour::on).out == output::rule_page(row, Colour::on));
  // JSON has no colours.
  const Run json({"CT-01", ExplainFormat::json}, Colour::on);
  CHECK(json.exit_code == 0);
  CHECK(json.out == output::rule_json(row) + "\n");
}

TEST_CASE("all rules are listed as lines, as JSON, or as the document") {
  const Run list({std::nullopt, ExplainFormat::text});
  CHECK(list.exit_code == 0);
  CHECK(list.out == output::rule_list(Colour::off));
  const Run json({std::nullopt, ExplainFormat::json});
  CHECK(json.exit_code == 0);
  CHECK(nlohmann::json::parse(json.out).size() == ws::kRuleCount);
  const Run document({std::nullopt, ExplainFormat::markdown}, Colour::on);
  CHECK(document.exit_code == 0);
  CHECK(document.out == output::rules_document());
}

}  // namespace
}  // namespace lastframe::cli
