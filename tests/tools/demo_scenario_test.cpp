#include "tools/demo_scenario.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace lastframe;
using namespace lastframe::tools;
using session::Ending;
using session::HandshakeOutcome;
using session::RecordKind;

TEST_CASE("every scenario has a path of its own and a sentence") {
  std::set<std::string> paths;
  for (const Scenario& scenario : demo_scenarios()) {
    CAPTURE(scenario.path);
    CHECK(scenario.path.starts_with('/'));
    CHECK(paths.insert(scenario.path).second);
    CHECK_FALSE(scenario.what.empty());
    CHECK_FALSE(scenario.client.empty());
  }
}

TEST_CASE("the demo shows every ending that needs neither TLS nor a stop nor a time-out") {
  std::set<Ending> seen;
  for (const Scenario& scenario : demo_scenarios()) {
    if (scenario.expected) seen.insert(scenario.expected->ending);
  }
  for (const Ending ending :
       {Ending::handshake_failed, Ending::connect_failed, Ending::closing_handshake,
        Ending::close_unanswered, Ending::reset_mid_frame, Ending::reset, Ending::fin_mid_frame,
        Ending::fin_mid_message, Ending::fin_without_close}) {
    CAPTURE(name(ending));
    CHECK(seen.contains(ending));
  }
}

TEST_CASE("the demo shows every outcome of a handshake, and one connection without a record") {
  std::set<HandshakeOutcome> seen;
  int without_record = 0;
  for (const Scenario& scenario : demo_scenarios()) {
    if (!scenario.expected) {
      ++without_record;
    } else if (scenario.expected->handshake) {
      seen.insert(*scenario.expected->handshake);
    }
  }
  CHECK(seen.size() == 5);
  CHECK(without_record == 1);
}

TEST_CASE("an outcome is what a scenario fixes of a report") {
  session::SessionReport report;
  report.code = ws::CloseCode{1008};
  report.ending = Ending::closing_handshake;
  report.initiator = session::Initiator::server;
  report.handshake.outcome = HandshakeOutcome::accepted;
  CHECK(outcome_of(report) == Outcome{.code = 1008});
  CHECK(to_text(outcome_of(report)) ==
        "session_end 1008 closing_handshake by server, handshake accepted, no rule broken");

  report.violations = {{.rule = ws::Rule::server_frame_masked, .side = Endpoint::server},
                       {.rule = ws::Rule::frame_cut_off, .side = Endpoint::server}};
  CHECK(outcome_of(report) == Outcome{.code = 1008, .first_rule = ws::Rule::server_frame_masked});
  CHECK(to_text(outcome_of(report)).ends_with("FR-02"));
}

TEST_CASE("whether an unreachable upstream's request was read yet is left open") {
  session::SessionReport report;
  report.kind = RecordKind::connect_failed;
  const Outcome unread = outcome_of(report);
  report.handshake.outcome = HandshakeOutcome::unanswered;
  CHECK(outcome_of(report) == unread);
}
