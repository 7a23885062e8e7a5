#include "tools/demo_closes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace lastframe;
using namespace lastframe::tools;

namespace {

std::set<unsigned> codes_by(session::Initiator initiator) {
  std::set<unsigned> codes;
  for (const Scenario& scenario : close_scenarios()) {
    if (scenario.expected->initiator == initiator) codes.insert(scenario.expected->code);
  }
  return codes;
}

}  // namespace

TEST_CASE("every close code of a service is shown, registered and its own") {
  const std::set<unsigned> shown = codes_by(session::Initiator::server);
  for (const unsigned code :
       {1000u, 1001u, 1008u, 1009u, 1011u, 1012u, 1013u, 3000u, 4001u, 4401u}) {
    CAPTURE(code);
    CHECK(shown.contains(code));
  }
}

TEST_CASE("bodies that are no code and codes that never stand in a frame are shown") {
  const std::set<unsigned> shown = codes_by(session::Initiator::server);
  for (const unsigned code : {999u, 1002u, 1005u, 1006u}) {
    CAPTURE(code);
    CHECK(shown.contains(code));
  }
}

TEST_CASE("clients close too, and leave") {
  CHECK(codes_by(session::Initiator::client) == std::set<unsigned>{1000, 1001});
}

TEST_CASE("each of them opens") {
  for (const Scenario& scenario : close_scenarios()) {
    CAPTURE(scenario.path);
    CHECK(std::holds_alternative<SwitchProtocols>(scenario.server.front()));
    CHECK(std::holds_alternative<AskUpgrade>(scenario.client.front()));
  }
}
