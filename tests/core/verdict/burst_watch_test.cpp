#include "core/verdict/burst_watch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <random>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using test::at;

// `count` ends within a second at 100 s, of connections that came a second apart.
std::uint32_t closes_known(BurstWatch& watch, int count, std::uint64_t still_open) {
  std::uint64_t last_id = 0;
  std::uint32_t closes = 0;
  for (int i = 0; i < count; ++i) {
    const Moment ended = at(100 + 0.001 * i);
    const auto known =
        watch.note({.accepted = at(i), .ended = ended, .now = ended, .idle = std::nullopt},
                   still_open, last_id);
    if (known) closes = known->closes;
  }
  return closes;
}

TEST_CASE("nine ends are few, ten are many") {
  for (const int count : {9, 10}) {
    BurstWatch watch;
    watch.begin(at(0));
    CHECK(closes_known(watch, count, 0) == (count == 10 ? 10 : 0));
  }
}

TEST_CASE("less than a tenth of those that were open is no mass close") {
  for (const std::uint64_t still_open : {180u, 181u}) {
    BurstWatch watch;
    watch.begin(at(0));
    CHECK(closes_known(watch, 20, still_open) == (still_open == 180 ? 20 : 0));
  }
}

TEST_CASE("less than ten times the usual is no mass close") {
  for (const int usual : {1, 3}) {
    CAPTURE(usual);
    BurstWatch watch;
    watch.begin(at(0));
    std::uint64_t last_id = 0;
    for (int i = 0; i < 99 * usual; ++i) {
      const double now = static_cast<double>(i) / usual;
      watch.note({.accepted = at(now - i % 7), .ended = at(now), .now = at(now), .idle = {}}, 1000,
                 last_id);
    }
    CHECK(last_id == 0);
    CHECK(closes_known(watch, 20, 20) == (usual == 1 ? 20 : 0));
  }
}

TEST_CASE("lives as brief as the turnover are no mass close") {
  // 20 of 40 within a second: a mean life of about a second would do that all the time.
  for (const double age : {2.0, 4.0}) {
    BurstWatch watch;
    watch.begin(at(0));
    std::uint64_t last_id = 0;
    for (int i = 0; i < 20; ++i) {
      const double own = age + (i - 10) * 0.09;
      watch.note({.accepted = at(100 - own), .ended = at(100), .now = at(100), .idle = {}}, 20,
                 last_id);
    }
    CHECK(watch.has_burst() == (age == 4.0));
  }
}

TEST_CASE("silences tell connections apart that were opened together") {
  for (const bool has_idle_times : {false, true}) {
    BurstWatch watch;
    watch.begin(at(0));
    std::uint64_t last_id = 0;
    for (int i = 0; i < 20; ++i) {
      const auto idle = std::chrono::seconds(has_idle_times ? 10 + i : 10);
      watch.note({.accepted = at(0.02 * i), .ended = at(100), .now = at(100), .idle = idle}, 0,
                 last_id);
    }
    CHECK(watch.has_burst() == has_idle_times);
  }
}

TEST_CASE(
    "property: in whatever order the ends are learnt, all of them together are a mass close") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::array<int, 24> order{};
  std::iota(order.begin(), order.end(), 0);
  for (int round = 0; round < 200; ++round) {
    std::ranges::shuffle(order, random);
    BurstWatch watch;
    watch.begin(at(0));
    std::uint64_t last_id = 0;
    std::uint64_t still_open = order.size();
    for (const int i : order) {
      watch.note({.accepted = at(0.15 * i), .ended = at(4), .now = at(4), .idle = {}}, --still_open,
                 last_id);
    }
    REQUIRE(last_id == 1);
    CHECK(watch.take(at(5), true)->counts.closes == order.size());
  }
}

TEST_CASE("it is over after two quiet seconds, and told once") {
  BurstWatch watch;
  watch.begin(at(0));
  CHECK(closes_known(watch, 20, 0) == 20);
  CHECK_FALSE(watch.take(at(102), false).has_value());
  const auto burst = watch.take(at(102.1), false);
  REQUIRE(burst.has_value());
  CHECK(burst->counts.closes == 20);
  CHECK(burst->counts.first == at(100));
  CHECK(burst->counts.oldest == std::chrono::seconds(100));
  CHECK_FALSE(watch.take(at(200), true).has_value());
  CHECK_FALSE(watch.has_burst());
}

TEST_CASE("an end that was learnt late belongs where it was") {
  BurstWatch watch;
  watch.begin(at(0));
  closes_known(watch, 20, 0);
  watch.take(at(103), false);
  std::uint64_t last_id = 1;
  const auto known =
      watch.note({.accepted = at(50), .ended = at(100.01), .now = at(130), .idle = {}}, 0, last_id);
  REQUIRE(known.has_value());
  CHECK(known->id == 1);
  CHECK(known->closes == 21);
  CHECK_FALSE(
      watch.note({.accepted = at(50), .ended = at(120), .now = at(130), .idle = {}}, 0, last_id)
          .has_value());
  CHECK(last_id == 1);
}

}  // namespace
}  // namespace lastframe::verdict
