#include "cli/compare_command.h"

#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "output/compare.h"
#include "support/captured_run.h"

namespace lastframe::cli {
namespace {

using catalogue::Language;
using output::Colour;

using test::CapturedRun;

CapturedRun compared(std::string_view a, std::string_view b,
                     const Surroundings& surroundings = test::sample_surroundings()) {
  const CompareCommand command{std::string(a), std::string(b), AnswerFormat::text, {}};
  return {run_compare, command, surroundings};
}

TEST_CASE("two codes are compared as a page or as a JSON object") {
  const auto rows = test::sample_catalogue();
  const output::Wording wording(rows, Language::en);
  const auto a = output::known_code(rows, 1002);
  const auto b = output::known_code(rows, 1008);
  const CapturedRun page = compared("1002", "1008");
  CHECK(page.exit_code == 0);
  CHECK(page.err == "");
  CHECK(page.out == output::comparison_page(*a, *b, wording, Colour::off));
  const CompareCommand as_json{"1002", "1008", AnswerFormat::json, {}};
  CHECK(CapturedRun(run_compare, as_json).out == output::comparison_json(*a, *b, wording) + "\n");
  CHECK(compared("4401", "4403").exit_code == 0);
  CHECK(compared("1006", "1000").exit_code == 0);
}

TEST_CASE("the locale's language is spoken, unless a flag names another") {
  const auto french = test::sample_surroundings(Language::fr);
  CHECK(compared("1002", "1008", french).out.contains("Différences clés"));
  const CompareCommand english{"1002", "1008", AnswerFormat::text, {{}, Language::en}};
  CHECK(CapturedRun(run_compare, english, french).out.contains("Key Differences"));
}

TEST_CASE("what cannot be compared is told in one line with a hint") {
  struct Row {
    std::string_view a;
    std::string_view b;
    std::string_view said;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"1002", "108",
       "compare: 108 has no meaning of its own: it is one of 0-999, Not Used; did you mean 1008?"},
      {"1088", "1002", "compare: 1088 has no meaning of its own: it is one of 1016-2999, Unass"},
      {"2500", "1002",
       "compare: 2500 has no meaning of its own: it is one of 1016-2999, Unassigned; `lastframe"},
      {"1002", "1002", "compare: both codes are 1002; name two, or write `lastframe explain 1002`"},
      {"1002", "01002", "compare: both codes are 1002; name two"},
      {"1002", "5000", "compare: nothing is known of the close code 5000; "},
      {"1002", "65536", "compare: 65536 is no close code; "},
      {"idle_timeout", "1002", "compare: \"idle_timeout\" is no close code; "},
      {"1002", "", "compare: \"\" is no close code; write a number as in 1008"},
      {"-1", "1002", "compare: \"-1\" is no close code; write a number as in 1008"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    const CapturedRun run = compared(row.a, row.b);
    CAPTURE(run.err);
    CHECK(run.exit_code == 2);
    CHECK(run.out == "");
    CHECK(run.err.starts_with("lastframe: " + std::string(row.said)));
    CHECK(run.err.find('\n') == run.err.size() - 1);
  }
}

TEST_CASE("each mistake of a catalogue is said in a line") {
  const CapturedRun run = compared("1002", "1008", test::broken_surroundings());
  CHECK(run.exit_code == 2);
  CHECK(run.err == "lastframe: built in:1: codes: no list\nlastframe: built in:2: id: no\n");
}

}  // namespace
}  // namespace lastframe::cli
