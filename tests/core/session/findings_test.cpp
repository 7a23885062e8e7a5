#include "core/session/findings.h"

#include <doctest/doctest.h>

namespace lastframe::session {
namespace {

using ws::Rule;

ws::Violation found(Rule rule, Endpoint side, std::uint64_t frame) {
  return {.rule = rule, .side = side, .frame = frame};
}

Moment second(int number) { return Moment{std::chrono::seconds(number)}; }

TEST_CASE("a broken rule is listed, a legal one is noted once for each side, and counted") {
  Findings findings;
  SessionReport nothing;
  findings.copy_into(nothing);
  CHECK(nothing.violations.empty());
  CHECK(nothing.notes.empty());

  CHECK(findings.add(found(Rule::client_frame_unmasked, Endpoint::client, 1), second(1)));
  CHECK_FALSE(findings.add(found(Rule::pong_unsolicited, Endpoint::client, 3), second(2)));
  CHECK(findings.add(found(Rule::frame_cut_off, Endpoint::client, 2), second(3)));  // a deviation
  CHECK_FALSE(findings.add(found(Rule::pong_unsolicited, Endpoint::server, 4), second(4)));
  CHECK_FALSE(findings.add(found(Rule::pong_unsolicited, Endpoint::client, 5), second(5)));
  SessionReport report;
  findings.copy_into(report);
  CHECK(report.violation_count == 2);
  REQUIRE(report.violations.size() == 2);
  CHECK(report.violations[1].frame == 2);
  CHECK(report.violation_moments == std::vector{second(1), second(3)});
  REQUIRE(report.notes.size() == 2);
  CHECK(report.notes[0] == Note{found(Rule::pong_unsolicited, Endpoint::client, 3), 2});
  CHECK(report.notes[1] == Note{found(Rule::pong_unsolicited, Endpoint::server, 4), 1});
  findings.clear();
  SessionReport empty;
  findings.copy_into(empty);
  CHECK(empty.violation_count == 0);
}

TEST_CASE("the list of broken rules is bounded, their count is not") {
  Findings findings;
  for (std::uint64_t frame = 1; frame <= 1000; ++frame) {
    findings.add(found(Rule::client_frame_unmasked, Endpoint::client, frame),
                 second(static_cast<int>(frame)));
  }
  SessionReport report;
  findings.copy_into(report);
  CHECK(report.violation_count == 1000);
  CHECK(report.violations.size() == kMostListedViolations);
  CHECK(report.violations.back().frame == kMostListedViolations);
  REQUIRE(report.violation_moments.size() == kMostListedViolations);
  CHECK(report.violation_moments.back() == second(static_cast<int>(kMostListedViolations)));
}

}  // namespace
}  // namespace lastframe::session
