#include "core/session/recent_traffic.h"

#include <doctest/doctest.h>

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

constexpr Moment kStart{100s};

// As a tracker does it: a read of `bytes` in which `messages` end.
struct Direction {
  explicit Direction(Moment first) : recent(first) {}

  void read(Moment now, std::uint64_t bytes, std::uint64_t messages = 0) {
    if (recent.is_new_second(now)) recent.begin_second(now, totals);
    recent.begin_read(now, totals.bytes);
    totals.bytes += bytes;
    totals.messages += messages;
  }
  DirectionState state(Moment now) const { return recent.state(now, totals, std::nullopt); }

  RecentTraffic recent;
  RecentTraffic::Totals totals;
};

TEST_CASE("the last messages are kept, oldest first, at most eight") {
  Direction direction(kStart);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    direction.read(kStart + i * 1s, 300 + i, 1);
    direction.recent.note_frame(300 + i, true);
    direction.recent.note_message({.at = {}, .size = 300 + i, .is_text = i % 2 == 0});
  }
  const DirectionState state = direction.state(kStart + 30s);
  REQUIRE(state.recent.size() == 8);
  for (std::uint64_t i = 0; i < 8; ++i) {
    CHECK(state.recent[i] == RecentMessage{.at = kStart + (13 + i) * 1s,
                                           .size = 313 + i,
                                           .largest_frame = 313 + i,
                                           .is_text = i % 2 == 1});
  }
  CHECK(state.largest_message == 320);
  CHECK_FALSE(state.largest_inflated);
  CHECK(state.messages == 20);
  CHECK(state.last_byte_at == kStart + 20s);
}

TEST_CASE("of short messages at one moment the last is kept, whoever counted them") {
  Direction direction(kStart);
  direction.read(kStart, 100, 3);
  direction.recent.note_short(5, true);
  direction.recent.note_message({.at = {}, .size = 7, .is_text = false});
  direction.recent.note_largest_short(90);
  direction.read(kStart + 1s, 10, 1);
  direction.recent.note_short(9, true);
  const DirectionState state = direction.state(kStart + 1s);
  REQUIRE(state.recent.size() == 2);
  CHECK(state.recent[0] ==
        RecentMessage{.at = kStart, .size = 7, .largest_frame = 7, .is_text = false});
  CHECK(state.recent[1] == RecentMessage{.at = kStart + 1s, .size = 9, .largest_frame = 9});
  CHECK(state.largest_message == 90);
}

TEST_CASE("a long message between short ones of one moment keeps them apart") {
  Direction direction(kStart);
  direction.read(kStart, 1000, 3);
  direction.recent.note_short(1, true);
  direction.recent.note_frame(200, true);
  direction.recent.note_message({.at = {}, .size = 200});
  direction.recent.note_short(2, true);
  CHECK(direction.state(kStart).recent.size() == 3);
}

TEST_CASE("a message in fragments is told with the largest of them, a compressed one inflated") {
  Direction direction(kStart);
  direction.read(kStart, 100);
  direction.recent.note_frame(10, true);
  direction.recent.note_frame(60, false);
  direction.recent.note_frame(30, false);
  direction.recent.note_message({.at = {}, .size = 100, .inflated = 5000, .fragments = 3});
  const DirectionState state = direction.state(kStart);
  REQUIRE(state.recent.size() == 1);
  CHECK(state.recent[0] ==
        RecentMessage{
            .at = kStart, .size = 100, .inflated = 5000, .largest_frame = 60, .fragments = 3});
  CHECK(state.largest_message == 100);
  CHECK(state.largest_inflated == 5000);
}

TEST_CASE("the message in hand comes last, and takes the place of the oldest") {
  Direction direction(kStart);
  for (std::uint64_t i = 0; i < 8; ++i) {
    direction.read(kStart + i * 1s, 2);
    direction.recent.note_short(i, true);
  }
  direction.read(kStart + 10s, 50);
  direction.recent.note_frame(400, true);
  direction.read(kStart + 11s, 50);
  direction.recent.note_part();
  direction.read(kStart + 12s, 2);  // a Ping
  const DirectionState state = direction.recent.state(
      kStart + 20s, direction.totals, RecentMessage{.at = {}, .size = 400, .is_text = false});
  REQUIRE(state.recent.size() == 8);
  CHECK(state.recent.front().size == 1);
  CHECK(state.recent.back() == RecentMessage{.at = kStart + 11s,
                                             .size = 400,
                                             .largest_frame = 400,
                                             .is_text = false,
                                             .is_complete = false});
}

TEST_CASE("a rate is of the last eight seconds, from their first byte on") {
  Direction direction(kStart);
  direction.read(kStart, 1000, 10);
  for (int i = 0; i < 40; ++i) direction.read(kStart + 20s + i * 100ms, 50, 2);
  CHECK(direction.state(kStart + 24s).rate ==
        RecentRate{.messages = 80, .bytes = 2000, .over = 4s});
  // What is older than that is left out, second by second.
  const RecentRate later = direction.state(kStart + 29s).rate;
  CHECK(later == RecentRate{.messages = 60, .bytes = 1500, .over = 8s});
  CHECK(direction.state(kStart + 60s).rate == RecentRate{});
}

TEST_CASE("a rate of one moment is over something, for nothing passed in no time") {
  Direction direction(kStart);
  direction.read(kStart, 10, 5);
  CHECK(direction.state(kStart).rate == RecentRate{.messages = 5, .bytes = 10, .over = 1ms});
}

TEST_CASE("a Close that stands alone in its second is no traffic") {
  Direction direction(kStart);
  direction.read(kStart, 10, 5);
  const RecentTraffic::Totals before = direction.totals;
  direction.read(kStart + 30s, 8);
  CHECK(direction.recent.state(kStart + 30s, before, std::nullopt).rate == RecentRate{});
}

TEST_CASE("the last byte before a frame is not one of the frame's own read") {
  Direction direction(kStart);
  direction.read(kStart, 10);
  direction.recent.note_byte_before_frame();
  direction.read(kStart + 5s, 1);
  CHECK(direction.recent.before_frame_at() == kStart);
  CHECK(direction.recent.last_byte_at() == kStart + 5s);
  direction.recent.forget_byte_before_frame();
  CHECK(direction.recent.before_frame_at() == std::nullopt);
}

TEST_CASE("a moment begins with its first read, however many there are") {
  Direction direction(kStart);
  direction.read(kStart, 10);
  direction.read(kStart, 10);
  CHECK(direction.recent.moment_start() == 0);
  for (int i = 0; i < 3; ++i) {
    direction.read(kStart + 5s, 7);
    CHECK(direction.recent.moment_start() == 20);
  }
}

}  // namespace
}  // namespace lastframe::session
