// Runs every file of tests/scenarios at every split.
#include <doctest/doctest.h>

#include "support/scenario_check.h"

namespace lastframe::session {
namespace {

TEST_CASE("each scenario ends as its file says, however its bytes are cut") {
  test::check_scenarios("tests/scenarios", 40);
}

}  // namespace
}  // namespace lastframe::session
