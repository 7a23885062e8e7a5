#include "net/timer_wheel.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace lastframe::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Moment kStart{std::chrono::hours(5)};

class CountingTimer final : public Timer {
 public:
  std::function<void(Moment)> then;
  int fired = 0;
  Moment fired_at;

 private:
  void on_timer(Moment now) override {
    ++fired;
    fired_at = now;
    if (then) then(now);
  }
};

TEST_CASE("a timer fires once, at the first tick at or after its time, and never before") {
  for (const milliseconds due :
       {milliseconds(0), milliseconds(1), milliseconds(50), milliseconds(51), milliseconds(25'599),
        milliseconds(25'600), milliseconds(60'000)}) {
    CAPTURE(due.count());
    TimerWheel wheel(kStart);
    CountingTimer timer;
    wheel.set(timer, kStart + due);
    CHECK(timer.is_set());
    for (Moment now = kStart; now <= kStart + due + milliseconds(200); now += milliseconds(10)) {
      wheel.advance(now);
      if (now < kStart + due) REQUIRE(timer.fired == 0);
    }
    CHECK(timer.fired == 1);
    CHECK(timer.fired_at >= kStart + due);
    CHECK(timer.fired_at <= kStart + due + TimerWheel::kTick);
    CHECK_FALSE(timer.is_set());
    CHECK(wheel.is_empty());
  }
}

TEST_CASE("after a long sleep every timer that is due fires, and no other") {
  TimerWheel wheel(kStart);
  std::array<CountingTimer, 100> timers;
  for (std::size_t i = 0; i < timers.size(); ++i) wheel.set(timers[i], kStart + seconds(i));
  wheel.advance(kStart + seconds(60));
  for (std::size_t i = 0; i < timers.size(); ++i) {
    CAPTURE(i);
    CHECK(timers[i].fired == (i <= 60 ? 1 : 0));
  }
  wheel.advance(kStart + seconds(200));
  for (const CountingTimer& timer : timers) CHECK(timer.fired == 1);
}

TEST_CASE("setting a timer again moves it, and cancelling takes it out") {
  TimerWheel wheel(kStart);
  CountingTimer moved;
  CountingTimer cancelled;
  wheel.set(moved, kStart + seconds(1));
  wheel.set(moved, kStart + seconds(3));
  CHECK(moved.due() == kStart + seconds(3));
  wheel.set(cancelled, kStart + seconds(1));
  cancelled.cancel();
  cancelled.cancel();
  wheel.advance(kStart + seconds(2));
  CHECK(moved.fired == 0);
  wheel.advance(kStart + seconds(4));
  CHECK(moved.fired == 1);
  CHECK(cancelled.fired == 0);
}

TEST_CASE("a timer that fires may set itself, cancel its neighbour and end another's life") {
  TimerWheel wheel(kStart);
  CountingTimer first;
  CountingTimer neighbour;
  auto doomed = std::make_unique<CountingTimer>();
  wheel.set(first, kStart + seconds(1));
  wheel.set(neighbour, kStart + seconds(1));
  wheel.set(*doomed, kStart + seconds(1));
  first.then = [&](Moment now) {
    neighbour.cancel();
    doomed.reset();
    if (first.fired < 3) wheel.set(first, now);
  };
  for (int i = 0; i < 100; ++i) wheel.advance(kStart + i * TimerWheel::kTick);
  CHECK(first.fired == 3);
  CHECK(neighbour.fired == 0);
  CHECK(wheel.is_empty());
}

TEST_CASE("a timer that dies leaves the wheel, and a wheel that dies leaves its timers") {
  CountingTimer survivor;
  {
    TimerWheel wheel(kStart);
    {
      CountingTimer dies;
      wheel.set(dies, kStart + seconds(1));
      CHECK_FALSE(wheel.is_empty());
    }
    CHECK(wheel.is_empty());
    wheel.set(survivor, kStart + seconds(1));
  }
  CHECK_FALSE(survivor.is_set());
  survivor.cancel();
}

TEST_CASE("a time that has passed fires at the next tick") {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + seconds(10));
  CountingTimer late;
  wheel.set(late, kStart + seconds(1));
  wheel.advance(kStart + seconds(10) + TimerWheel::kTick);
  CHECK(late.fired == 1);
}

TEST_CASE("property: every timer fires once within a tick of its time") {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    TimerWheel wheel(kStart);
    std::vector<std::unique_ptr<CountingTimer>> timers;
    Moment now = kStart;
    Moment last = now;
    for (int step = 0; step < 500; ++step) {
      auto& timer = timers.emplace_back(std::make_unique<CountingTimer>());
      wheel.set(*timer, now + milliseconds(random() % 80'000));
      now += milliseconds(random() % 120);
      wheel.advance(now);
    }
    last = now + seconds(81);
    for (; now < last; now += milliseconds(20)) wheel.advance(now);
    for (const auto& timer : timers) {
      REQUIRE(timer->fired == 1);
      CHECK(timer->fired_at >= timer->due());
      // Advanced at most 120 ms apart, and by ticks.
      CHECK(timer->fired_at <= timer->due() + milliseconds(120) + TimerWheel::kTick);
    }
    CHECK(wheel.is_empty());
  }
}

}  // namespace
}  // namespace lastframe::net
