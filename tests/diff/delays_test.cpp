#include "diff/delays.h"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "diff/comparison.h"
#include "support/two_taps.h"

namespace lastframe::diff {
namespace {

using namespace std::chrono_literals;
using test::Seen;

// Messages each 100 ms; `late_ms` is how much later each arrives at the second tap.
Comparison compared(const std::vector<int>& late_ms, std::chrono::microseconds clock = 0us) {
  Seen before;
  Seen after{.clock = clock};
  for (std::size_t i = 0; i < late_ms.size(); ++i) {
    test::Said message =
        test::said(Endpoint::client, ws::Opcode::text, "message " + std::to_string(i));
    message.at_ms = static_cast<int>(i) * 100;
    before.frames.push_back(message);
    message.at_ms += late_ms[i];
    after.frames.push_back(message);
  }
  return compare(test::trace_of(before), test::trace_of(after), {});
}

TEST_CASE("a message that is held back much longer than the others is told, and alters nothing") {
  for (const auto clock : {0us, -9'000'000us, 3'600'000'000us}) {
    const Comparison result = compared({1, 2, 1, 3, 2500, 2, 1}, clock);
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings[0].kind == Kind::data_delayed);
    CHECK(result.findings[0].before.frame == 5);
    CHECK(result.findings[0].detail == "2.498 s longer than is usual here");
    CHECK(result.severity == Severity::transparent);
  }
}

TEST_CASE("times that vary, or a path that is slow, are no delay") {
  CHECK(compared({1, 2, 1, 3, 900, 2, 1}).findings.empty());
  CHECK(compared({5000, 5001, 5000, 5002, 5001}).findings.empty());
  CHECK(compared({100, 1500, 300, 1200, 1800, 200, 900, 1600}).findings.empty());
}

TEST_CASE("half of many are not longer than their median") {
  CHECK_FALSE(median({}).has_value());
  CHECK(median({5us}) == 5us);
  CHECK(median({9us, 1us, 5us}) == 5us);
}

}  // namespace
}  // namespace lastframe::diff
