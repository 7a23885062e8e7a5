#include "output/rule_examples.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/ws/rule_table.h"
#include "support/scenario.h"
#include "support/scenario_player.h"
#include "support/splits.h"

namespace lastframe::output {
namespace {

using test::Say;
using test::Scenario;
using test::Step;
using ws::Rule;

Scenario scenario_of(const Example& example) {
  std::string text(setup_lines(example.setup));
  text += example.lines;
  std::istringstream lines(text);
  return test::parse_scenario(lines);
}

using Rules = std::vector<Rule>;

// The rules that the records of the connection name, in the order found.
template <typename SplitOf>
Rules said(const Scenario& scenario, const std::vector<Step>& steps, SplitOf split_of) {
  Rules rules;
  for (const auto& report : test::play(scenario, steps, split_of).reports) {
    for (const ws::Violation& violation : report.violations) rules.push_back(violation.rule);
    for (const session::Note& note : report.notes) rules.push_back(note.first.rule);
  }
  return rules;
}

Rules said(const Scenario& scenario) {
  return said(scenario, scenario.steps,
              [](std::size_t, std::string_view bytes) { return test::whole(bytes); });
}

bool has(const Rules& rules, Rule rule) { return std::ranges::find(rules, rule) != rules.end(); }

// Each place where a step is cut in two; of a long one some, and all near its ends.
std::vector<std::size_t> cuts(std::size_t size) {
  std::vector<std::size_t> result;
  const std::size_t stride = size < 1024 ? 1 : size / 16;
  for (std::size_t at = 1; at < size; at += at < 16 || at + 16 > size ? 1 : stride) {
    result.push_back(at);
  }
  return result;
}

std::string ids(const Rules& rules) {
  std::string text;
  for (const Rule rule : rules) text.append(row_of(rule).id).append(" ");
  return text;
}

// The setup's bytes come as they are: scenarios cut them at each place.
void check_every_split(const Example& example, const Rules& wanted) {
  const Scenario scenario = scenario_of(example);
  const auto check = [&](std::string_view split, const std::vector<Step>& steps,
                         const auto& split_of) {
    CAPTURE(split);
    CHECK(ids(said(scenario, steps, split_of)) == ids(wanted));
  };
  const auto uncut = [](std::size_t, std::string_view bytes) { return test::whole(bytes); };
  const auto in_bytes = [](std::size_t, std::string_view bytes) {
    return test::in_parts_of(bytes, 1);
  };
  check("in one go", test::in_one_go(scenario.steps), uncut);
  check("byte by byte", scenario.steps, in_bytes);

  std::vector<Step> steps = scenario_of({example.setup, "", ""}).steps;
  const std::size_t first = steps.size();
  std::ranges::copy(test::in_one_go({scenario.steps.begin() + static_cast<std::ptrdiff_t>(first),
                                     scenario.steps.end()}),
                    std::back_inserter(steps));
  for (std::size_t cut_step = first; cut_step < steps.size(); ++cut_step) {
    const auto* say = std::get_if<Say>(&steps[cut_step]);
    if (say == nullptr) continue;
    for (const std::size_t at : cuts(say->bytes.size())) {
      check("step " + std::to_string(cut_step) + " cut at " + std::to_string(at), steps,
            [&](std::size_t i, std::string_view bytes) {
              return i == cut_step ? test::cut_at(bytes, at) : test::whole(bytes);
            });
    }
  }
}

TEST_CASE("each rule's example is said to break it, and its legal edge is not") {
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const RuleExample& example = example_of(row.rule);

    const Scenario breach = scenario_of(example.breach);
    REQUIRE(breach.mistake == "");
    const Rules in_breach = said(breach);
    CAPTURE(ids(in_breach));
    CHECK(has(in_breach, row.rule));

    const Scenario edge = scenario_of(example.edge);
    REQUIRE(edge.mistake == "");
    const Rules at_edge = said(edge);
    CAPTURE(ids(at_edge));
    CHECK_FALSE(has(at_edge, row.rule));
    for (const Rule rule : at_edge) {
      CHECK(row_of(rule).severity == ws::Severity::info);
    }
  }
}

TEST_CASE("what is said of an example does not depend on how its bytes are cut") {
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const RuleExample& example = example_of(row.rule);
    for (const Example& part : {example.breach, example.edge}) {
      CAPTURE(part.says);
      const Scenario scenario = scenario_of(part);
      REQUIRE(scenario.mistake == "");
      check_every_split(part, said(scenario));
    }
  }
}

// What cannot be broken alone: without Upgrade, the request lacks what HS-03 and HS-04 demand; a
// misplaced RSV1 is a reserved bit that is set; and what is no frame breaks rules of frames.
constexpr auto kTogether = std::to_array<std::pair<Rule, Rule>>({
    {Rule::upgrade_stripped, Rule::upgrade_not_websocket},
    {Rule::upgrade_stripped, Rule::connection_without_upgrade},
    {Rule::compressed_bit_misplaced, Rule::reserved_bit_set},
    {Rule::not_a_frame, Rule::reserved_bit_set},
    {Rule::not_a_frame, Rule::control_frame_fragmented},
});

bool goes_with(Rule rule, Rule beside) {
  return std::ranges::find(kTogether, std::pair(rule, beside)) != kTogether.end();
}

TEST_CASE("an example breaks one rule only, where that can be") {
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    for (const Rule rule : said(scenario_of(example_of(row.rule).breach))) {
      CAPTURE(row_of(rule).id);
      const bool is_expected = rule == row.rule || goes_with(row.rule, rule) ||
                               row_of(rule).severity == ws::Severity::info;
      CHECK(is_expected);
    }
  }
}

TEST_CASE("an example is short enough to be read") {
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    for (const Example& part : {example_of(row.rule).breach, example_of(row.rule).edge}) {
      CHECK(part.says.size() <= 100);
      CHECK(split_lines(part.lines).size() <= 20);
      for (const std::string_view line : split_lines(part.lines)) {
        CAPTURE(line);
        CHECK(line.size() <= 80);
        // Nothing but printable ASCII.
        CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
      }
    }
  }
}

TEST_CASE("the setups are whole handshakes, and an own handshake has none before it") {
  CHECK(setup_lines(Setup::own_handshake) == "");
  for (const Setup setup : {Setup::opened, Setup::opened_with_deflate}) {
    CAPTURE(name(setup));
    const Scenario scenario = scenario_of({setup, "", ""});
    REQUIRE(scenario.mistake == "");
    const auto observer =
        test::play(scenario, scenario.steps,
                   [](std::size_t, std::string_view bytes) { return test::whole(bytes); });
    REQUIRE(observer.starts.size() == 1);
    CHECK(observer.starts[0].handshake.outcome == session::HandshakeOutcome::accepted);
    CHECK(observer.starts[0].violations.empty());
    const auto extensions = observer.starts[0].texts[session::Text::extensions];
    CHECK(extensions.value_or("") ==
          (setup == Setup::opened_with_deflate ? "permessage-deflate" : ""));
  }
}

TEST_CASE("lines are split at line feeds, the last one with or without its own") {
  using Lines = std::vector<std::string_view>;
  CHECK(split_lines("") == Lines{});
  CHECK(split_lines("a\n") == Lines{"a"});
  CHECK(split_lines("a\n\nb") == Lines{"a", "", "b"});
}

}  // namespace
}  // namespace lastframe::output
