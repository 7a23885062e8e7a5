#include "sinks/queue.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace lastframe::sinks {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr Moment kBegin{1000h};

SinkOptions options() {
  SinkOptions made;
  made.batch_records = 3;
  made.batch_bytes = 10;
  made.batch_interval = 1s;
  made.queue = 100;
  return made;
}

TEST_CASE("a batch is there when it is full, when its first record has waited, and at the end") {
  SinkQueue queue(options());
  CHECK(queue.take(kBegin, true).empty());
  CHECK_FALSE(queue.is_due_at().has_value());
  CHECK(queue.push("a", "", kBegin));  // the first wakes
  CHECK_FALSE(queue.push("b", "", kBegin + 900ms));
  CHECK(queue.is_due_at() == kBegin + 1s);
  CHECK(queue.take(kBegin + 999ms, false).empty());
  CHECK(queue.take(kBegin + 1s, false) == Lines{"a", "b"});
  queue.push("c", "", kBegin);
  CHECK(queue.take(kBegin, true) == Lines{"c"});
  queue.push("d", "", kBegin);
  queue.push("e", "", kBegin);
  CHECK(queue.push("f", "", kBegin));  // a whole batch wakes
  CHECK_FALSE(queue.push("g", "", kBegin));
  CHECK(queue.is_due_at() == Moment());
  CHECK(queue.take(kBegin, false) == Lines{"d", "e", "f"});
  CHECK(queue.take(kBegin, false).empty());
  CHECK(queue.counts().waiting == 1);
}

TEST_CASE("a batch has no more bytes than it may, but always one record") {
  SinkQueue queue(options());
  queue.push("12345", "", kBegin);
  queue.push("67890", "", kBegin);
  queue.push("x", "", kBegin);
  CHECK(queue.take(kBegin, false) == Lines{"12345", "67890"});
  queue.push(std::string(50, 'y'), "", kBegin);
  CHECK(queue.take(kBegin, false) == Lines{"x"});
  CHECK(queue.take(kBegin, false) == Lines{std::string(50, 'y')});
}

TEST_CASE("what is put back comes first again, in its order, at once") {
  SinkQueue queue(options());
  queue.push("a", "", kBegin);
  queue.push("b", "", kBegin);
  auto lines = queue.take(kBegin, true);
  queue.push("c", "", kBegin);
  queue.put_back(std::move(lines));
  CHECK(queue.take(kBegin, false) == Lines{"a", "b", "c"});
  CHECK(queue.counts().waiting == 0);
}

TEST_CASE("over its size a queue keeps some of each cause, and beyond a quarter more nothing") {
  SinkOptions small = options();
  small.batch_records = 1000;
  small.batch_bytes = 1'000'000;
  SinkQueue queue(small);
  int woken = 0;
  for (int i = 0; i < 100; ++i) woken += queue.push("a", "usual", kBegin) ? 1 : 0;
  CHECK(woken == 2);  // the first, and half of the room
  CHECK(queue.is_half_full());
  for (int i = 0; i < 220; ++i) queue.push("b", "usual", kBegin);
  for (int i = 0; i < 3; ++i) queue.push("c", "rare", kBegin);
  CHECK(queue.counts().waiting == 100 + 22 + 3);
  CHECK(queue.counts().sampled == 198);
  CHECK(queue.counts().dropped == 0);
  // 20 of each cause do not fit for ever: 1,000 more than the queue is the end.
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 20; ++j) queue.push("d", "cause " + std::to_string(i), kBegin);
  }
  CHECK(queue.counts().waiting == 1100);
  CHECK(queue.counts().dropped == 2000 - (1100 - 125));
  CHECK(queue.counts().sampled == 198);
}

}  // namespace
}  // namespace lastframe::sinks
