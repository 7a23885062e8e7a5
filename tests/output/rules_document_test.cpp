#include "output/rules_document.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "core/ws/rule_table.h"
#include "output/explain.h"

namespace lastframe::output {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST_CASE("the page has a row and a section for each rule, and the row leads to the section") {
  const std::string page = rules_document();
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const std::string heading = std::string(row.id) + " " + std::string(row.name);
    CHECK(count(page, "\n### " + heading + "\n\n" + std::string(row.sentence) + "\n") == 1);
    std::string link = heading;
    for (char& c : link) c = c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    CHECK(count(page, "| [" + std::string(row.id) + "](#" + link + ") |") == 1);
  }
}

TEST_CASE("the page says where each severity stands, and which ids have no rule") {
  const std::string page = rules_document();
  CHECK(page.contains("| `violation` | a MUST of the specification is broken | `violations` |\n"));
  CHECK(page.contains("| `info` | legal, and worth knowing | `notes` |\n"));
  for (const IdWithoutRow& row : kIdsWithoutRow) {
    CHECK(page.contains("| " + std::string(row.id) + " | " + std::string(row.why) + " |\n"));
  }
}

TEST_CASE("code blocks are closed, and headings and tables stand apart") {
  const std::string page = rules_document();
  CHECK(count(page, "```text\n") == 2 * ws::kRuleCount + 1);
  CHECK(count(page, "```") == 2 * (2 * ws::kRuleCount + 1));
  CHECK(page.starts_with("# Rules\n\n"));
  CHECK(page.ends_with("```\n"));
  CHECK_FALSE(page.contains("\n\n\n"));
  CHECK_FALSE(page.contains(" \n"));
  CHECK(count(page, "\n## ") == 12);
}

}  // namespace
}  // namespace lastframe::output
