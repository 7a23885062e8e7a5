#include "core/base/moment.h"

#include <doctest/doctest.h>

namespace lastframe {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the distance of two moments is said in seconds, down to the microsecond") {
  const Moment from{5s};
  CHECK(seconds_between(from, from) == 0.0);
  CHECK(seconds_between(from, from + 61s + 234567us) == doctest::Approx(61.234567).epsilon(1e-12));
  CHECK(seconds_between(from + 1s, from) == -1.0);
}

TEST_CASE("a connection that lives for years loses no microsecond") {
  const Moment from{};
  CHECK(seconds_between(from, from + std::chrono::years(10) + 1us) -
            seconds_between(from, from + std::chrono::years(10)) ==
        doctest::Approx(1e-6).epsilon(0.1));
}

TEST_CASE("the timeline never goes backwards") { CHECK(MonotonicTimeline::is_steady); }

}  // namespace
}  // namespace lastframe
