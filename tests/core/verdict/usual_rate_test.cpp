#include "core/verdict/usual_rate.h"

#include <doctest/doctest.h>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using test::at;

TEST_CASE("an even rate is told from the first seconds on, and for ever") {
  for (const int seconds : {5, 60, 3600}) {
    CAPTURE(seconds);
    UsualRate rate;
    rate.begin(at(0));
    for (int i = 1; i <= seconds; ++i) {
      rate.advance(at(i));
      rate.add(7);
    }
    CHECK(rate.per_second() == doctest::Approx(7).epsilon(0.02));
  }
}

TEST_CASE("what nobody has seen is not impossible") {
  UsualRate rate;
  CHECK(rate.per_second() == 0);
  CHECK(rate.at_most_per_second() == 1);
  rate.begin(at(0));
  rate.advance(at(10));
  CHECK(rate.per_second() == 0);
  CHECK(rate.at_most_per_second() == doctest::Approx(0.1).epsilon(0.1));
}

TEST_CASE("old ends are forgotten within minutes") {
  UsualRate rate;
  rate.begin(at(0));
  rate.advance(at(100));
  rate.add(1000);
  rate.advance(at(1300));
  CHECK(rate.per_second() < 0.001);
}

TEST_CASE("time does not run backwards, and the watch begins once") {
  UsualRate rate;
  rate.begin(at(0));
  rate.advance(at(10));
  rate.add(10);
  const double before = rate.per_second();
  rate.advance(at(5));
  rate.begin(at(0));
  CHECK(rate.per_second() == before);
}

}  // namespace
}  // namespace lastframe::verdict
