#include "probe/silence.h"

#include <doctest/doctest.h>

#include <vector>

using namespace lastframe::probe;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST_CASE("the bounds are the longest silence that was kept and the shortest that was not") {
  CHECK(bounds_of({}).kept == 0ms);
  CHECK_FALSE(bounds_of({}).lost.has_value());
  const SilenceBounds kept =
      bounds_of({{.planned = 1s, .has_survived = true}, {.planned = 5s, .has_survived = true}});
  CHECK(kept.kept == 5s);
  CHECK_FALSE(kept.lost.has_value());
  // Ended after 60 s, although 5 minutes were planned.
  const SilenceBounds told = bounds_of({{.planned = 50s, .has_survived = true},
                                        {.planned = 300s, .ended = 60s, .how = "it was reset"}});
  CHECK(told.kept == 50s);
  CHECK(told.lost == 60s);
  CHECK(told.how == "it was reset");
  // Forgotten without a word: only the planned time is known.
  const SilenceBounds silent =
      bounds_of({{.planned = 60s, .how = "forgotten"}, {.planned = 90s, .has_survived = true}});
  CHECK(silent.lost == 60s);
  CHECK(silent.kept == 0ms);
}

TEST_CASE("silences are tried in steps up to the longest, then between the bounds") {
  const auto first = next_silences({}, 10s);
  CHECK(first == std::vector<milliseconds>{1s, 2s, 3s, 5s, 7s, 10s});
  CHECK(next_silences({.kept = 10s}, 10s).empty());
  const auto between = next_silences({.kept = 50s, .lost = 59s}, 600s);
  CHECK(between.size() == 8);
  for (const milliseconds silence : between) {
    CHECK(silence > 50s);
    CHECK(silence < 59s);
  }
  CHECK(next_silences({.kept = 57s, .lost = 59s}, 600s).empty());
  CHECK(next_silences({.kept = 950ms, .lost = 1s}, 600s).empty());
}

TEST_CASE("property: the search ends, near the time-out, whatever it is") {
  for (int limit = 150; limit < 700'000; limit = limit * 3 / 2) {
    CAPTURE(limit);
    std::vector<Silence> tried;
    int rounds = 0;
    for (auto next = next_silences(bounds_of(tried), 720s); !next.empty();
         next = next_silences(bounds_of(tried), 720s)) {
      REQUIRE(++rounds < 10);
      for (const milliseconds silence : next) {
        tried.push_back({.planned = silence, .has_survived = silence < milliseconds(limit)});
      }
    }
    const SilenceBounds bounds = bounds_of(tried);
    REQUIRE(bounds.lost.has_value());
    CHECK(bounds.kept < milliseconds(limit));
    CHECK(*bounds.lost >= milliseconds(limit));
    CHECK(*bounds.lost - bounds.kept <= std::max(milliseconds(100), *bounds.lost / 20));
  }
}
