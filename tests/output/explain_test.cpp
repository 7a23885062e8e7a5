#include "output/explain.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ws/rule_table.h"

namespace lastframe::output {
namespace {

using ws::Rule;
using ws::RuleRow;
using ws::Severity;

TEST_CASE("a page says everything about a rule") {
  CHECK(rule_page(row_of(Rule::client_frame_unmasked), Colour::off) ==
        R"(FR-01 client_frame_unmasked

  A client masks every frame that it sends.

  Source     RFC 6455 section 5.1
  Severity   violation: a MUST of the specification is broken; in the record's
             violations
  Broken by  the client, or a hop between it and this tap
  Receiver   The server closes the connection, mostly with 1002.

Breaks it, on an open connection:
  A client's text message "hi" has no mask.

  client 81 02 68 69
         |  |  `- payload "hi"
         |  `- MASK 0, length 2
         `- FIN 1, RSV 000, opcode 1 text

Legal beside it, on an open connection:
  Four zero bytes are a masking key, too: the MASK bit counts.

  client 81 82 00 00 00 00 68 69
         |  |  |           `- payload "hi"
         |  |  `- masking key
         |  `- MASK 1, length 2
         `- FIN 1, RSV 000, opcode 1 text
)");
}

TEST_CASE("what is legal is not called broken") {
  const std::string page = rule_page(row_of(Rule::pong_unsolicited), Colour::off);
  CHECK(page.contains("info: legal, and worth knowing; in the record's notes\n"));
  CHECK(page.contains("\n  Seen of    the client or the server"));
  CHECK(page.contains("\nNoted, on an open connection:\n"));
  CHECK(page.contains("\nNot noted, on an open connection:\n"));
  CHECK_FALSE(page.contains("Breaks"));
  CHECK_FALSE(page.contains("Broken"));
}

TEST_CASE("every page fits a terminal of 80 columns, but for an example's own lines") {
  for (const RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const std::string page = rule_page(row, Colour::off);
    CHECK(page.ends_with('\n'));
    CHECK_FALSE(page.contains("\n\n\n"));
    for (const std::string_view line : split_lines(page)) {
      CAPTURE(line);
      const bool is_example = line.starts_with("  client ") || line.starts_with("  server ");
      CHECK(line.size() <= (is_example ? 82 : 80));
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

std::string without_colours(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (text.starts_with('\x1b')) {
      text.remove_prefix(text.find('m') + 1);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

TEST_CASE("colours change no letter") {
  for (const RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const std::string page = rule_page(row, Colour::on);
    CHECK(page.contains('\x1b'));
    CHECK(without_colours(page) == rule_page(row, Colour::off));
  }
  CHECK(without_colours(rule_list(Colour::on)) == rule_list(Colour::off));
}

TEST_CASE("JSON holds every field of the row and both examples") {
  for (const RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const std::string text = rule_json(row);
    CHECK_FALSE(text.contains('\n'));
    const auto json = nlohmann::json::parse(text);
    CHECK(json["id"] == row.id);
    CHECK(json["rule"] == row.name);
    CHECK(json["section"] == row.section);
    CHECK(json["severity"] == name(row.severity));
    CHECK(json["breaker"] == name(row.breaker));
    CHECK(json["said_in"] == (row.severity == Severity::info ? "notes" : "violations"));
    CHECK(json["sentence"] == row.sentence);
    CHECK(json["reaction"] == row.reaction);
    CHECK(json.size() == 10);
    const RuleExample& example = example_of(row.rule);
    for (const auto& [key, wanted] :
         {std::pair{"example", example.breach}, std::pair{"legal_edge", example.edge}}) {
      CAPTURE(key);
      CHECK(json[key]["setup"] == name(wanted.setup));
      CHECK(json[key]["says"] == wanted.says);
      std::string lines;
      for (const auto& line : json[key]["lines"]) lines += line.get<std::string>() + "\n";
      CHECK(lines == wanted.lines);
    }
  }
}

TEST_CASE("the list names every rule in a line of at most 80 columns, with its source") {
  const std::string list = rule_list(Colour::off);
  const auto lines = split_lines(list);
  REQUIRE(lines.size() == ws::kRules.size() + 1);
  CHECK(lines[0] == "ID     RULE                           SEVERITY  SIDE   SOURCE");
  for (std::size_t i = 0; i < ws::kRules.size(); ++i) {
    const RuleRow& row = ws::kRules[i];
    const std::string_view line = lines[i + 1];
    CAPTURE(line);
    CHECK(line.size() <= 80);
    CHECK(line.starts_with(row.id));
    CHECK(line.substr(7).starts_with(row.name));
    CHECK(line.substr(38).starts_with(name(row.severity)));
    CHECK(line.substr(48).starts_with(name(row.breaker)));
    CHECK(line.substr(55).starts_with(row.section.substr(0, std::string_view("RFC 6455").size())));
    CHECK(line.substr(55).ends_with(row.section.substr(row.section.size() - 2)));
  }
  CHECK(lines[1] == "HS-01  request_not_get                violation client RFC 6455 4.1");
}

TEST_CASE("the list as JSON has what each rule says") {
  const auto json = nlohmann::json::parse(rule_list_json());
  REQUIRE(json.is_array());
  REQUIRE(json.size() == ws::kRules.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    CHECK(json[i] == nlohmann::json::parse(rule_json(ws::kRules[i])));
  }
}

TEST_CASE("each id of the numbering is a rule, or one that says why it is none") {
  // What the numbering goes up to, written out: FR-01 to FR-19, and so on.
  const std::vector<std::pair<std::string, int>> last{{"HS", 25}, {"FR", 19}, {"CT", 3}, {"TX", 3},
                                                      {"CL", 12}, {"PD", 12}, {"EX", 1}};
  std::multiset<std::string> ids;
  for (const RuleRow& row : ws::kRules) ids.emplace(row.id);
  for (const IdWithoutRow& row : kIdsWithoutRow) {
    ids.emplace(row.id);
    CHECK_FALSE(row.why.empty());
  }
  std::size_t count = 0;
  for (const auto& [group, highest] : last) {
    for (int number = 1; number <= highest; ++number, ++count) {
      const std::string id = group + (number < 10 ? "-0" : "-") + std::to_string(number);
      CAPTURE(id);
      CHECK(ids.count(id) == 1);
    }
  }
  CHECK(ids.size() == count);
}

}  // namespace
}  // namespace lastframe::output
