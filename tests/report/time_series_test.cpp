#include "report/time_series.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/seeds.h"

namespace lastframe::report {
namespace {

using std::chrono::seconds;

WallTime at(std::int64_t second) { return WallTime(seconds(second)); }

TEST_CASE("closes are counted by kind in even steps, empty ones too") {
  TimeSeries series;
  series.add(at(1000), Kind::in_order);
  series.add(at(1002), Kind::unclean);
  series.add(at(1002), Kind::unclean);
  const TimeSteps steps = series.steps(10);
  CHECK(steps.begin == at(1000));
  CHECK(steps.step == seconds(1));
  CHECK(steps.counts == std::vector<KindCounts>{{1, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 2, 0, 0}});
  CHECK(TimeSeries{}.steps(10).counts.empty());
}

TEST_CASE("the step is the smallest with which there are few enough") {
  TimeSeries series;
  series.add(at(0), Kind::in_order);
  series.add(at(3599), Kind::in_order);
  CHECK(series.steps(60).step == seconds(60));
  CHECK(series.steps(60).counts.size() == 60);
  CHECK(series.steps(59).step == seconds(300));
  CHECK(series.steps(2).step == seconds(3600));
  CHECK(coarser(series.steps(60), 12).step == seconds(300));
  CHECK(coarser(series.steps(60), 12).counts.size() == 12);
  CHECK(coarser(TimeSteps{}, 12) == TimeSteps{});
}

TEST_CASE("two centuries have room") {
  TimeSeries series;
  series.add(at(0), Kind::in_order);
  series.add(at(7'258'118'399), Kind::sealed);  // 2199-12-31T23:59:59Z
  const TimeSteps steps = series.steps(100);
  CHECK(steps.counts.size() > 2);
  CHECK(sum_of(steps.counts.front()) == 1);
  CHECK(sum_of(steps.counts.back()) == 1);
}

TEST_CASE("property: the order of closes does not matter, and each step has its own") {
  std::mt19937 random(test::seed());
  for (const std::int64_t span : {10, 1'000, 100'000, 10'000'000}) {
    CAPTURE(span);
    std::vector<std::int64_t> times;
    for (int i = 0; i < 500; ++i) {
      times.push_back(1'795'201'200 + static_cast<std::int64_t>(random()) % span);
    }
    TimeSeries one;
    TimeSeries other;
    for (const std::int64_t time : times) one.add(at(time), Kind::unclean);
    std::ranges::sort(times, std::ranges::greater{});
    for (const std::int64_t time : times) other.add(at(time), Kind::unclean);
    const TimeSteps steps = one.steps(50);
    CHECK(steps == other.steps(50));
    CHECK(steps.counts.size() <= 50);
    for (std::size_t i = 0; i < steps.counts.size(); ++i) {
      const WallTime begin = steps.begin + steps.step * static_cast<std::int64_t>(i);
      const auto own = std::ranges::count_if(times, [&](std::int64_t time) {
        return at(time) >= begin && at(time) < begin + steps.step;
      });
      CHECK(sum_of(steps.counts[i]) == static_cast<std::uint64_t>(own));
    }
  }
}

TEST_CASE("a step is said in its largest unit") {
  CHECK(step_text(seconds(5)) == "5 s");
  CHECK(step_text(seconds(900)) == "15 min");
  CHECK(step_text(seconds(10800)) == "3 h");
  CHECK(step_text(seconds(604800)) == "7 d");
}

}  // namespace
}  // namespace lastframe::report
