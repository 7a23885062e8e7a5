#include "cli/explain_command.h"

#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/known_word.h"
#include "core/ws/rule_table.h"
#include "output/causes_document.h"
#include "output/explain.h"
#include "output/explain_cause.h"
#include "output/explain_code.h"
#include "output/explain_product.h"
#include "output/rules_document.h"
#include "support/captured_run.h"

namespace lastframe::cli {
namespace {

using catalogue::Language;
using output::Colour;
using Json = nlohmann::json;

using test::CapturedRun;

CapturedRun explained(std::string_view word, ExplainFormat format = ExplainFormat::text,
                      const Surroundings& surroundings = test::sample_surroundings()) {
  return {run_explain, ExplainCommand{std::string(word), format, ExplainGroup::rules, {}},
          surroundings};
}

CapturedRun listed(ExplainGroup group, ExplainFormat format = ExplainFormat::text) {
  return {run_explain, ExplainCommand{std::nullopt, format, group, {}}};
}

TEST_CASE("a word is explained as what it names") {
  const auto rows = test::sample_catalogue();
  const output::Wording wording(rows, Language::en);
  const auto code = [&](unsigned number) {
    return output::code_page(*output::known_code(rows, number), wording, Colour::off);
  };
  CHECK(explained("1008").out == code(1008));
  CHECK(explained("4401").out == code(4401));
  CHECK(explained("idle_timeout").out ==
        output::cause_page(*rows.cause("idle_timeout"), wording, Colour::off));
  CHECK(explained("Idle-Timeout").out == explained("idle_timeout").out);
  CHECK(explained("nginx").out ==
        output::product_page(*output::known_product(rows, "nginx"), wording, Colour::off));
  CHECK(explained("graphql-transport-ws").out == explained("graphql_transport_ws").out);
  CHECK(explained("CT-01").out ==
        output::rule_page(row_of(ws::Rule::ping_unanswered), Colour::off));
  for (const std::string_view word : {"1008", "idle_timeout", "nginx", "CT-01"}) {
    CAPTURE(word);
    const CapturedRun run = explained(word);
    CHECK(run.exit_code == 0);
    CHECK(run.err == "");
  }
}

TEST_CASE("as JSON each is one object in one line, without colours") {
  const auto surroundings = test::sample_surroundings(Language::en, Colour::on);
  for (const std::string_view word : {"1008", "idle_timeout", "nginx", "CT-01"}) {
    CAPTURE(word);
    const CapturedRun run = explained(word, ExplainFormat::json, surroundings);
    CHECK(run.exit_code == 0);
    CHECK(run.out.find('\n') == run.out.size() - 1);
    CHECK(Json::parse(run.out).is_object());
    CHECK_FALSE(run.out.contains('\x1b'));
    CHECK(explained(word, ExplainFormat::text, surroundings).out.contains('\x1b'));
  }
}

TEST_CASE("a cause and a rule of the same name are explained together") {
  const CapturedRun both = explained("upgrade_stripped");
  CHECK(both.out.starts_with("upgrade_stripped: Upgrade header stripped\n"));
  const auto rule = rule_named("upgrade_stripped");
  REQUIRE(rule);
  CHECK(both.out.ends_with("\n" + output::rule_page(*rule, Colour::off)));
  const Json json = Json::parse(explained("upgrade_stripped", ExplainFormat::json).out);
  CHECK(json["kind"] == "cause");
  CHECK(json["rule"] == Json::parse(output::rule_json(*rule)));
  // By its id it is the rule alone.
  CHECK(explained(rule->id).out == output::rule_page(*rule, Colour::off));
}

TEST_CASE("a number without a meaning is explained with its range, and what was perhaps meant") {
  const CapturedRun run = explained("1088");
  CHECK(run.exit_code == 0);
  CHECK(run.out.starts_with("1088 Unassigned\n"));
  CHECK(run.out.contains("1016-2999"));
  CHECK(run.err == "lastframe: explain: 1088 has no meaning of its own; did you mean 1008?\n");
  CHECK(Json::parse(explained("1088", ExplainFormat::json).out)["did_you_mean"] == "1008");
  CHECK(explained("2500").err == "");
}

TEST_CASE("the locale's language is spoken, unless a flag names another") {
  const auto french = test::sample_surroundings(Language::fr);
  CHECK(explained("1002", ExplainFormat::text, french).out.contains("\nComment résoudre\n"));
  ExplainCommand command{"1002", ExplainFormat::text, ExplainGroup::rules, {{}, Language::ar}};
  CHECK(CapturedRun(run_explain, command, french).out.contains("\u200Fكيفية الإصلاح\n"));
  command.knowledge.language = Language::en;
  CHECK(CapturedRun(run_explain, command, french).out.contains("\nHow to Fix\n"));
}

TEST_CASE("a word that names nothing is answered with what is known") {
  struct Row {
    std::string_view word;
    std::string_view said;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"idle_timout",
       "explain: \"idle_timout\" is no close code, cause, rule or product that is known; did you "
       "mean idle_timeout? `lastframe explain --list codes|causes|rules|products` names all, "},
      {"client_frame_unmaskd",
       "explain: \"client_frame_unmaskd\" is no close code, cause, rule or product that is known; "
       "did you mean client_frame_unmasked? "},
      {"CT-00",
       "explain: \"CT-00\" is no close code, cause, rule or product that is known; did you mean "
       "CT-01? "},
      {"ngnix",
       "explain: \"ngnix\" is no close code, cause, rule or product that is known; did "
       "you mean nginx? "},
      {"nonsense",
       "explain: \"nonsense\" is no close code, cause, rule or product that is known; "
       "`lastframe explain --list"},
      {"", "explain: \"\" is no close code, cause, rule or product"},
      {"FR", "explain: \"FR\" is no close code, cause, rule or product"},
      {"\x1b[31m", "explain: \"\\x1b[31m\" is no close code, cause, rule or product"},
      {"3000", "explain: nothing is known of the close code 3000; "},
      {"70000", "explain: 70000 is no close code; "},
      {"99999999999999999999", "explain: 99999999999999999999 is no close code; "},
      {"fr-12",
       "explain: FR-12 is no rule of its own: a message between another one's fragments is seen "
       "as FR-11; `lastframe explain --list` names all rules"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.word);
    for (const ExplainFormat format : {ExplainFormat::text, ExplainFormat::json}) {
      const CapturedRun run = explained(row.word, format);
      CAPTURE(run.err);
      CHECK(run.exit_code == 2);
      CHECK(run.out == "");
      CHECK(run.err.starts_with("lastframe: " + std::string(row.said)));
      CHECK(run.err.find('\n') == run.err.size() - 1);
    }
  }
  CHECK(explained(std::string(1 << 20, 'x')).err.size() < 500);
  CHECK(explained(std::string(1 << 20, '1')).err.size() < 500);
}

TEST_CASE("each mistake of a catalogue is said in a line, and rules are explained all the same") {
  const auto broken = test::broken_surroundings();
  const ExplainCommand command{"1008", ExplainFormat::text, ExplainGroup::rules, {{"m.yaml"}, {}}};
  const CapturedRun run(run_explain, command, broken);
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err == "lastframe: m.yaml:1: codes: no list\nlastframe: m.yaml:2: id: no\n");
  for (const std::string_view word : {"FR-01", "fr01", "client_frame_unmasked", "HS-05"}) {
    CAPTURE(word);
    CHECK(explained(word, ExplainFormat::text, broken).exit_code == 0);
  }
  CHECK(explained("upgrade_stripped", ExplainFormat::text, broken).exit_code == 2);
}

TEST_CASE("each kind is listed as lines, as JSON, or as a document") {
  CHECK(listed(ExplainGroup::rules).out == output::rule_list(Colour::off));
  CHECK(Json::parse(listed(ExplainGroup::rules, ExplainFormat::json).out).size() == ws::kRuleCount);
  CHECK(listed(ExplainGroup::rules, ExplainFormat::markdown).out == output::rules_document());

  const auto rows = test::sample_catalogue();
  const output::Wording wording(rows, Language::en);
  CHECK(listed(ExplainGroup::codes).out == output::code_list(wording, Colour::off));
  CHECK(listed(ExplainGroup::causes).out == output::cause_list(wording, Colour::off));
  CHECK(listed(ExplainGroup::products).out == output::product_list(wording, Colour::off));
  CHECK(Json::parse(listed(ExplainGroup::codes, ExplainFormat::json).out).size() == 7);
  CHECK(Json::parse(listed(ExplainGroup::causes, ExplainFormat::json).out).size() == 4);
  CHECK(Json::parse(listed(ExplainGroup::products, ExplainFormat::json).out).size() == 5);
  CHECK(listed(ExplainGroup::causes, ExplainFormat::markdown).out == output::causes_document(rows));
}

TEST_CASE("everything that is listed can be explained") {
  for (const ExplainGroup group :
       {ExplainGroup::codes, ExplainGroup::causes, ExplainGroup::products, ExplainGroup::rules}) {
    for (const Json& row : Json::parse(listed(group, ExplainFormat::json).out)) {
      const std::string word = row.contains("id") ? row["id"].get<std::string>()
                                                  : std::to_string(row["code"].get<int>());
      CAPTURE(word);
      CHECK(explained(word).exit_code == 0);
    }
  }
}

}  // namespace
}  // namespace lastframe::cli
