#include "core/verdict/drain_watch.h"

#include <doctest/doctest.h>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using test::at;

struct Drain {
  int old_ones = 60;
  int young_ones = 60;
  double usual = 0.01;
  double watched_before = 3600;
  double later = 0;  // that young ones come and old ones end
  bool has_common_time = false;
  bool does_cutoff_move = false;
};

// The old ones came in the first minute, the young ones in the second; the old ones end from there
// on, one every two seconds, the youngest of them first.
std::optional<session::GradualDrainKnown> end_of(const Drain& drain, Endpoint closer) {
  DrainWatch watch;
  std::uint64_t open = 0;
  const auto accept = [&](double when) {
    watch.note_accepted(at(when));
    ++open;
  };
  watch.note_accepted(at(-drain.watched_before));
  watch.note_gone(at(-drain.watched_before));
  for (int i = 0; i < drain.old_ones; ++i) accept(i);
  for (int i = 0; i < drain.young_ones; ++i) accept(drain.later + 70 + i);
  std::optional<session::GradualDrainKnown> known;
  for (int i = 0; i < drain.old_ones; ++i) {
    const Moment accepted = at(drain.does_cutoff_move ? i : drain.old_ones - 1 - i);
    watch.note_gone(accepted);
    --open;
    known = watch.note_end({.closer = closer,
                            .accepted = accepted,
                            .ended = at(drain.later + 135 + 2 * i),
                            .still_open = open,
                            .usual_per_second = drain.usual,
                            .has_common_time = drain.has_common_time});
  }
  return known;
}

TEST_CASE("the old ones end, the young ones stay: a drain, of either side") {
  for (const Endpoint closer : kEndpoints) {
    const auto known = end_of({}, closer);
    REQUIRE(known.has_value());
    CHECK(known->closes == 60);
    CHECK(known->open_since == 60);
    CHECK(known->since_cutoff == std::chrono::seconds(253 - 59));
  }
}

TEST_CASE("connections from before the zero of time are counted like others") {
  DrainWatch watch;
  // Through all slices and more, up to the zero and over it.
  for (int second = -3000; second <= 3000; second += 3) {
    const Moment accepted{std::chrono::seconds(second)};
    watch.note_accepted(accepted);
    watch.note_gone(accepted);
    CHECK_FALSE(watch.note_end({.closer = Endpoint::server,
                                .accepted = accepted,
                                .ended = accepted,
                                .still_open = 0,
                                .usual_per_second = 0.01,
                                .has_common_time = false}));
  }
}

TEST_CASE("what speaks against a drain") {
  struct Row {
    std::string name;
    Drain drain;
  };
  for (const Row& row : {
           Row{"too few young ones", {.young_ones = 19}},
           Row{"no more than usual", {.usual = 0.3}},
           Row{"nobody has watched for long", {.watched_before = 100}},
           Row{"all that end are so old that a limit may do it", {.later = 165}},
           Row{"a limit explains it", {.has_common_time = true}},
           Row{"the cutoff moves on", {.does_cutoff_move = true}},
           Row{"too few ended", {.old_ones = 19}},
       }) {
    CAPTURE(row.name);
    for (const Endpoint closer : kEndpoints) CHECK_FALSE(end_of(row.drain, closer).has_value());
  }
}

TEST_CASE("those of long ago are out of sight") {
  DrainWatch watch;
  watch.note_accepted(at(0));
  for (int i = 0; i < 50; ++i) watch.note_accepted(at(10'000 + i));
  watch.note_gone(at(0));
  for (int i = 0; i < 60; ++i) {
    CHECK_FALSE(watch
                    .note_end({.closer = Endpoint::server,
                               .accepted = at(-i),
                               .ended = at(10'100 + i),
                               .still_open = 50,
                               .usual_per_second = 0,
                               .has_common_time = false})
                    .has_value());
  }
}

}  // namespace
}  // namespace lastframe::verdict
