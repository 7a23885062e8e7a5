#include "core/base/counter.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

namespace lastframe {
namespace {

constexpr std::array<std::uint64_t, 3> kBounds{10, 100, 1000};

TEST_CASE("a counter goes up and down") {
  Counter counter;
  counter.add(5);
  counter.subtract(2);
  CHECK(counter.value() == 3);
}

TEST_CASE("a value is counted under the first bound that it does not exceed") {
  struct Row {
    std::uint64_t value;
    std::size_t bucket;
  };
  for (const Row& row :
       {Row{0, 0}, {10, 0}, {11, 1}, {100, 1}, {101, 2}, {1000, 2}, {1001, 3}, {UINT64_MAX, 3}}) {
    CAPTURE(row.value);
    Histogram<kBounds> histogram;
    histogram.observe(row.value);
    std::array<std::uint64_t, 4> expected{};
    expected[row.bucket] = 1;
    CHECK(histogram.counts() == expected);
    CHECK(histogram.sum() == row.value);
  }
}

TEST_CASE("a histogram adds up what it was given") {
  Histogram<kBounds> histogram;
  for (const std::uint64_t value : {1, 2, 50, 5000}) histogram.observe(value);
  CHECK(histogram.counts() == std::array<std::uint64_t, 4>{2, 1, 0, 1});
  CHECK(histogram.sum() == 5053);
}

}  // namespace
}  // namespace lastframe
