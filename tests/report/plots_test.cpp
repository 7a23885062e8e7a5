#include "report/plots.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace lastframe::report {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST_CASE("each step has a bar of its kinds, and says what they are") {
  TimeSteps steps;
  steps.step = std::chrono::seconds(60);
  steps.counts = {{3, 0, 1, 0, 0}, {0, 0, 0, 0, 0}, {0, 2, 0, 4, 0}};
  const std::string plot = series_plot(steps);
  CHECK(count(plot, "<g>") == 3);
  CHECK(count(plot, "<rect") == 4);
  CHECK(count(plot, "class=\"in_order\"") == 1);
  CHECK(plot.contains("<title>1970-01-01 00:00:00; 3 closed in order; 1 ended without"));
  CHECK(plot.contains("1970-01-01 00:03:00 UTC"));
  CHECK(plot.contains(">6</text>"));
  CHECK_FALSE(plot.contains("nan"));
}

TEST_CASE("one step is no series") {
  TimeSteps steps;
  CHECK(series_plot(steps) == "");
  steps.counts = {{1, 0, 0, 0, 0}};
  CHECK(series_plot(steps) == "");
}

TEST_CASE("bars are as long as their numbers") {
  CHECK(small_bar(1, 2, 4).contains("width=\"50.00\" height=\"10.00\" class=\"in_order\""));
  CHECK(small_bar(1, 2, 4).contains("width=\"25.00\" height=\"10.00\" class=\"unclean\""));
  CHECK(small_bar(0, 0, 0) == "");
  const std::string bar = kinds_bar({1, 0, 3, 0, 0});
  CHECK(bar.contains("width=\"250.00\" height=\"20.00\" class=\"in_order\""));
  CHECK(bar.contains("x=\"250.00\" y=\"0.00\" width=\"750.00\""));
  CHECK(kinds_bar({}) == "");
}

TEST_CASE("the largest numbers can be drawn") {
  TimeSteps steps;
  const std::uint64_t most = 4'000'000'000'000'000'000;
  steps.counts = {{most, 0, 0, 0, 0}, {1, 0, 0, 0, 0}};
  CHECK_FALSE(series_plot(steps).contains("inf"));
}

}  // namespace
}  // namespace lastframe::report
