#include "core/session/silences.h"

#include <doctest/doctest.h>

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the last silence is told, or the one before where its breaker does not count") {
  for (const Direction by : kDirections) {
    const Direction opposite = by == kDirections[0] ? kDirections[1] : kDirections[0];
    Silences silences;
    CHECK_FALSE(silences.last());
    CHECK_FALSE(silences.last_but(by, 0));
    const BrokenSilence first{.by = by, .length = 20s, .ended = Moment{30s}};
    const BrokenSilence second{.by = by, .length = 400s, .ended = Moment{500s}};
    silences.note(first, 7);
    CHECK(silences.last() == first);
    CHECK_FALSE(silences.last_but(by, 7));
    silences.note(second, 90);
    CHECK(silences.last() == second);
    CHECK(silences.last_but(by, 90) == first);
    CHECK(silences.last_but(by, 91) == second);
    CHECK(silences.last_but(opposite, 90) == second);
  }
}

}  // namespace
}  // namespace lastframe::session
