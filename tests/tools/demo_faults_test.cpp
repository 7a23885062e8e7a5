#include "tools/demo_faults.h"

#include <doctest/doctest.h>

#include <set>

using namespace lastframe;
using namespace lastframe::tools;
using session::Initiator;
using ws::Rule;

TEST_CASE("both sides drop connections, in order and by a reset") {
  std::set<std::pair<Initiator, session::Ending>> seen;
  for (const Scenario& scenario : drop_scenarios()) {
    CAPTURE(scenario.path);
    CHECK(scenario.expected->code == 1006);
    seen.insert({scenario.expected->initiator, scenario.expected->ending});
  }
  for (const Initiator initiator : {Initiator::client, Initiator::server}) {
    CHECK(seen.contains({initiator, session::Ending::fin_without_close}));
    CHECK(seen.contains({initiator, session::Ending::reset}));
  }
}

TEST_CASE("every rule of frame headers but one is broken, and those of payload") {
  std::set<Rule> broken;
  for (const Scenario& scenario : malformed_scenarios()) {
    CAPTURE(scenario.path);
    REQUIRE(scenario.expected->first_rule.has_value());
    // RFC 6455 section 7.4.1: 1007 for data that are not "consistent with the type of the message".
    const Rule rule = *scenario.expected->first_rule;
    const bool is_payload = rule == Rule::text_not_utf8 || rule == Rule::payload_not_deflate;
    const unsigned expected = rule == Rule::data_after_close ? 1000 : is_payload ? 1007 : 1002;
    CHECK(scenario.expected->code == expected);
    broken.insert(*scenario.expected->first_rule);
  }
  CHECK(broken == std::set<Rule>{Rule::client_frame_unmasked, Rule::server_frame_masked,
                                 Rule::reserved_bit_set, Rule::reserved_opcode,
                                 Rule::length_not_minimal, Rule::control_frame_too_long,
                                 Rule::control_frame_fragmented, Rule::continuation_without_message,
                                 Rule::message_inside_message, Rule::text_not_utf8,
                                 Rule::payload_not_deflate, Rule::data_after_close});
}

TEST_CASE("only one scenario goes through the door that leads nowhere") {
  int unreachable = 0;
  for (const Scenario& scenario : handshake_scenarios()) {
    if (scenario.door == Door::unreachable) ++unreachable;
  }
  CHECK(unreachable == 1);
}
