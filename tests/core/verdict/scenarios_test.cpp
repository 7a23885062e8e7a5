// Runs every file of tests/scenarios/causes at every split, with the verdicts of the built-in
// catalogue.
#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "core/verdict/diagnosis.h"
#include "settings/catalogue_file.h"
#include "support/scenario_check.h"
#include "support/small_catalogue.h"

namespace lastframe::verdict {
namespace {

TEST_CASE("each connection has the cause that its file says, however its bytes are cut") {
  const auto catalogue = settings::load_catalogue({});
  REQUIRE(catalogue);
  test::check_scenarios("tests/scenarios/causes", 200, {*catalogue, classify});
}

// A verdict that says what it was given.
session::Verdict echo(const session::SessionReport& report, const catalogue::Catalogue& rows) {
  const session::KnownPatterns& known = report.patterns;
  session::Verdict verdict;
  verdict.cause = rows[catalogue::Cause::idle_timeout].id;
  verdict.confidence = catalogue::Confidence::likely;
  verdict.party = catalogue::Party::hop_behind;
  verdict.summary = "It was idle.";
  verdict.evidence = {std::to_string(known.same_idle.matching) + " of " +
                      std::to_string(known.same_idle.of) + " closes."};
  if (known.mass_close) {
    verdict.evidence.push_back(std::to_string(known.mass_close->closes) + " within " +
                               std::to_string(known.mass_close->within.count()) + " ms");
  }
  if (known.drain) verdict.evidence.push_back("drain of " + std::to_string(known.drain->closes));
  if (known.has_same_client_asked_again) verdict.evidence.emplace_back("asked again");
  if (known.largest_accepted && known.smallest_refused) {
    verdict.evidence.push_back(std::to_string(*known.largest_accepted) + " to " +
                               std::to_string(*known.smallest_refused));
  }
  verdict.candidates = {"nginx: proxy_read_timeout"};
  verdict.fix = "Ping more often.";
  return verdict;
}

constexpr const char* kDialogue =
    "request target /cable?x=1\n"
    "request host chat.example\n"
    "request subprotocol actioncable-v1-json\n"
    "response subprotocol actioncable-v1-json\n"
    "request header \"Origin: https://app.example\"\n"
    "patterns same_idle 412 of 430\n"
    "patterns same_age 3 of 4\n"
    "patterns mass_close 5000 within 2s usual 3.5 youngest 1s oldest 10m\n"
    "patterns drain 40 open_since 12 since_cutoff 30s\n"
    "patterns largest_accepted 100\n"
    "patterns smallest_refused 200\n"
    "patterns asked_again\n"
    "client upgrade\n"
    "server accept\n"
    "server frame 81 \"{\\\"type\\\":\\\"disconnect\\\",\\\"reason\\\":\\\"server_restart\\\"}\"\n"
    "server fin\n"
    "client fin\n"
    "=> record session_end\n"
    "=> text host \"chat.example\"\n"
    "=> text path \"/cable?x=[redacted, 1 bytes]\"\n"
    "=> text subprotocol \"actioncable-v1-json\"\n"
    "=> text origin \"https://app.example\"\n"
    "=> farewell server disconnect \"server_restart\" at 0s\n"
    "=> cause idle_timeout likely hop_behind\n"
    "=> cause not lifetime_limit\n"
    "=> summary contains \"idle\"\n"
    "=> evidence contains \"412 of 430\"\n"
    "=> evidence contains \"5000 within 2000 ms\"\n"
    "=> evidence drain of 40\n"
    "=> evidence asked again\n"
    "=> evidence 100 to 200\n"
    "=> candidate nginx\n"
    "=> fix contains \"Ping\"\n";

TEST_CASE("the language says what other connections have taught, and expects verdicts") {
  std::istringstream text(kDialogue);
  const test::Scenario scenario = test::parse_scenario(text);
  REQUIRE(scenario.mistake == "");
  test::check_scenario(scenario, {test::small_catalogue(), echo});
}

TEST_CASE("an expectation of a verdict that is not met is seen") {
  const std::vector<std::string> facts{"cause idle_timeout likely hop_behind",
                                       "evidence 412 of 430 closes", "candidate nginx: a setting"};
  CHECK(test::is_met("cause idle_timeout", facts));
  CHECK(test::is_met("cause not lifetime_limit", facts));
  CHECK(test::is_met("cause not idle_timeout certain", facts));
  CHECK(test::is_met("candidate nginx", facts));
  CHECK(test::is_met("evidence contains \"430 closes\"", facts));
  CHECK_FALSE(test::is_met("cause idle_timeout certain", facts));
  CHECK_FALSE(test::is_met("cause not idle_timeout", facts));
  CHECK_FALSE(test::is_met("cause not idle_timeout", {}));
  CHECK_FALSE(test::is_met("candidate haproxy", facts));
  CHECK_FALSE(test::is_met("evidence contains \"nginx\"", facts));
  CHECK_FALSE(test::is_met("evidence contains \"no end", facts));
}

TEST_CASE("what the language does not know is a mistake of its line") {
  for (const char* line :
       {"patterns same_idle 1 in 2", "patterns nothing 1", "patterns drain", "held sideways 5",
        "held client_to_server 5 stalled", "transport client speed 1", "transport nobody",
        "request header nothing", "request colour red", "response host a", "time +5x",
        "server refuse 403 no quotes"}) {
    CAPTURE(line);
    std::istringstream text(line);
    CHECK(test::parse_scenario(text).mistake == "line 1: " + std::string(line));
  }
}

}  // namespace
}  // namespace lastframe::verdict
