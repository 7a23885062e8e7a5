#include "sinks/storm_sampling.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace lastframe::sinks {
namespace {

using namespace std::chrono_literals;

int taken_of(StormSampling& storm, std::string_view cause, int count, Moment now) {
  int taken = 0;
  for (int i = 0; i < count; ++i) taken += storm.takes(cause, now) ? 1 : 0;
  return taken;
}

TEST_CASE("the first 20 of each cause are kept in each 10 s, then each hundredth") {
  StormSampling storm;
  const Moment begin{1000h};
  CHECK(taken_of(storm, "a", 20, begin) == 20);
  CHECK(taken_of(storm, "a", 99, begin) == 0);
  CHECK(taken_of(storm, "a", 1, begin) == 1);
  CHECK(taken_of(storm, "a", 1000, begin + 1s) == 10);
  CHECK(taken_of(storm, "b", 5, begin + 9s) == 5);  // the rare one is not lost
  CHECK(taken_of(storm, "a", 30, begin + 9'999'999us) == 0);
  CHECK(taken_of(storm, "a", 30, begin + 10s) == 20);
}

TEST_CASE("causes beyond the thousandth share one row, so that memory has a bound") {
  StormSampling storm;
  const Moment begin{1000h};
  for (int i = 0; i < 1000; ++i) CHECK(storm.takes("cause " + std::to_string(i), begin));
  int taken = 0;
  for (int i = 1000; i < 1060; ++i) taken += storm.takes("cause " + std::to_string(i), begin);
  CHECK(taken == 20);
  CHECK(storm.takes("cause 5", begin));
}

}  // namespace
}  // namespace lastframe::sinks
