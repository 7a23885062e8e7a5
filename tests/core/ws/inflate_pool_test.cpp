#include "core/ws/inflate_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/inflater.h"
#include "support/counted_new.h"
#include "support/deflater.h"
#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

using test::Deflater;

class Collector : public Inflater::Sink {
 public:
  bool take(ByteView inflated) override {
    text += as_text(inflated);
    return true;
  }
  std::string text;
};

// Looks at nothing, allocates nothing.
class Counter : public Inflater::Sink {
 public:
  bool take(ByteView inflated) override {
    size += inflated.size();
    return true;
  }
  std::size_t size = 0;
};

InflateOutcome inflate(Inflater& inflater, std::string_view payload) {
  Counter sink;
  inflater.begin_message();
  inflater.feed(as_bytes(payload), sink);
  return inflater.end_message(sink);
}

// A direction and who sends on it.
struct Sender {
  Sender(InflatePool& pool, DeflateParameters parameters)
      : inflater(pool, parameters),
        deflater(parameters.window_bits),
        takes_over(parameters.takes_over) {}

  InflateOutcome say(std::string_view text) {
    const std::string payload = deflater.message(text);
    if (!takes_over) deflater.forget();
    return inflate(inflater, payload);
  }

  Inflater inflater;
  Deflater deflater;
  bool takes_over;
};

// What one state takes that has a window of 15 bits.
std::size_t state_size() {
  InflatePool pool({});
  Sender sender(pool, {});
  sender.say("x");
  CHECK(sender.inflater.memory() == pool.memory());
  return pool.memory();
}

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text = test::random_bytes(random, size);
  for (char& byte : text) byte = "websocket frames"[static_cast<unsigned char>(byte) % 16];
  return text;
}

TEST_CASE("a state takes a window and not much more") {
  CHECK(state_size() > 32768 + 2048);
  CHECK(state_size() < 32768 + 2048 + 8192);
}

TEST_CASE("between messages a direction keeps what it can refer back to, to the byte") {
  for (std::uint8_t bits = 8; bits <= 15; ++bits) {
    CAPTURE(int{bits});
    std::mt19937 random(test::seed());
    InflatePool pool({.idle_states = 0});
    Sender sender(pool, {.window_bits = bits});
    Sender alone(pool, {.window_bits = bits, .takes_over = false});
    const std::size_t window = std::size_t{1} << bits;
    std::size_t said = 0;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, window / 2,
                                   window, std::size_t{3}, 3 * window}) {
      const std::string text = random_text(random, size);
      CHECK(sender.say(text) == InflateOutcome::good);
      CHECK(alone.say(text) == InflateOutcome::good);
      said += size;
      CHECK(sender.inflater.memory() == std::min(said, window));
      CHECK(alone.inflater.memory() == 0);
    }
  }
}

TEST_CASE("as many directions keep a state between messages as may, the last used ones") {
  std::mt19937 random(test::seed());
  for (const std::size_t idle_states : {0u, 1u, 3u, 32u}) {
    CAPTURE(idle_states);
    InflatePool pool({.idle_states = idle_states});
    std::vector<std::unique_ptr<Sender>> senders;
    for (int i = 0; i < 10; ++i)
      senders.push_back(std::make_unique<Sender>(pool, DeflateParameters{}));
    std::vector<Sender*> used;  // the last used one in front
    for (auto& sender : senders) used.insert(used.begin(), sender.get());
    for (auto& sender : senders) CHECK(sender->say("a text") == InflateOutcome::good);
    for (int run = 0; run < 100; ++run) {
      const auto sender = used.begin() + test::below(random, 10);
      CHECK((*sender)->say("a text") == InflateOutcome::good);
      std::rotate(used.begin(), sender, sender + 1);
      for (std::size_t i = 0; i < used.size(); ++i)
        CHECK((used[i]->inflater.memory() > 32768) == (i < idle_states));
    }
    CHECK(pool.shed_messages() == 0);
  }
}

TEST_CASE("in a steady state nothing is allocated for a message") {
  constexpr std::string_view kHello{"\xf2\x48\xcd\xc9\xc9\x07\x00", 7};
  struct Row {
    std::string_view name;
    std::size_t idle_states;
    bool takes_over;
    std::size_t allocations;  // for each message
  };
  constexpr auto kRows = std::to_array<Row>({
      {"the states stay attached", 32, true, 0},
      {"messages stand alone", 32, false, 0},
      {"messages stand alone, and no state may stay", 0, false, 0},
      {"only the windows stay", 0, true, 1},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    InflatePool pool({.idle_states = row.idle_states});
    std::vector<std::unique_ptr<Inflater>> inflaters;
    for (int i = 0; i < 4; ++i) {
      inflaters.push_back(
          std::make_unique<Inflater>(pool, DeflateParameters{.takes_over = row.takes_over}));
    }
    for (auto& inflater : inflaters) inflate(*inflater, kHello);
    const std::size_t before = allocations;
    const std::size_t memory = pool.memory();
    bool is_good = true;
    for (int run = 0; run < 100; ++run) {
      for (auto& inflater : inflaters)
        is_good = is_good && inflate(*inflater, kHello) == InflateOutcome::good;
    }
    CHECK(is_good);
    CHECK(allocations - before == 400 * row.allocations);
    if (row.allocations == 0) CHECK(pool.memory() == memory);
  }
}

TEST_CASE("a state serves windows of other sizes, too") {
  std::mt19937 random(test::seed());
  InflatePool pool({.idle_states = 0});
  std::vector<std::unique_ptr<Sender>> senders;
  for (std::uint8_t bits = 8; bits <= 15; ++bits)
    senders.push_back(std::make_unique<Sender>(pool, DeflateParameters{.window_bits = bits}));
  for (int run = 0; run < 200; ++run) {
    auto& sender = senders[test::below(random, 8)];
    CHECK(sender->say(random_text(random, test::below(random, 5000))) == InflateOutcome::good);
    std::size_t windows = 0;
    for (const auto& each : senders) windows += each->inflater.memory();
    CHECK(pool.memory() <= windows + state_size());
  }
}

TEST_CASE("without room for a single state every message is shed") {
  for (const bool takes_over : {false, true}) {
    for (const std::size_t memory : {std::size_t{0}, std::size_t{1000}, state_size() - 1}) {
      InflatePool pool({.memory = memory});
      Sender sender(pool, {.takes_over = takes_over});
      CHECK(sender.say("a text") == InflateOutcome::shed);
      CHECK(sender.say("a text") == InflateOutcome::shed);
      CHECK(pool.shed_messages() == 2);
      CHECK(pool.memory() == 0);
    }
  }
}

TEST_CASE("messages in hand keep what they have; who finds no room is shed, and harms nobody") {
  const std::string first = test::hex("f2 48 cd");
  const std::string rest = test::hex("c9 c9 07 00");
  InflatePool pool({.memory = 3 * state_size() + 3000});
  std::vector<std::unique_ptr<Inflater>> inflaters;
  Counter sink;
  for (int i = 0; i < 10; ++i) {
    inflaters.push_back(
        std::make_unique<Inflater>(pool, DeflateParameters{.takes_over = i % 2 == 0}));
    inflaters.back()->begin_message();
  }
  Sender bystander(pool, {.window_bits = 8});
  for (int i = 0; i < 10; ++i) {
    CHECK(inflaters[static_cast<std::size_t>(i)]->feed(as_bytes(first), sink) ==
          (i < 3 ? InflateOutcome::good : InflateOutcome::shed));
  }
  CHECK(pool.shed_messages() == 7);
  CHECK(bystander.say("a text") == InflateOutcome::shed);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(inflaters[i]->feed(as_bytes(rest), sink) == InflateOutcome::good);
    CHECK(inflaters[i]->end_message(sink) == InflateOutcome::good);
  }
  CHECK(sink.size == 15);
  // Now there is room, for those who need no context.
  for (std::size_t i = 3; i < 10; ++i) {
    CHECK(inflate(*inflaters[i], first + rest) ==
          (i % 2 == 0 ? InflateOutcome::shed : InflateOutcome::good));
  }
}

TEST_CASE("a message that can never find room takes no windows in vain") {
  std::mt19937 random(test::seed());
  InflatePool pool({.memory = 2 * state_size() + 16384, .idle_states = 0});
  Sender kept(pool, {});
  CHECK(kept.say(random_text(random, 10000)) == InflateOutcome::good);
  Inflater first(pool, {});
  Inflater second(pool, {});
  Inflater third(pool, {});
  first.begin_message();
  second.begin_message();
  third.begin_message();
  CHECK(pool.shed_messages() == 1);
  CHECK(kept.inflater.memory() == 10000);
}

TEST_CASE("attached states take no more than a quarter of the budget") {
  InflatePool pool({.memory = 12 * (state_size() + 1024)});
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < 20; ++i) {
    senders.push_back(std::make_unique<Sender>(pool, DeflateParameters{}));
    CHECK(senders.back()->say("a text") == InflateOutcome::good);
  }
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(senders[i]->inflater.memory() == (i < 17 ? 6 : state_size()));
  CHECK(pool.shed_messages() == 0);
}

TEST_CASE("messages that are given up leave their room to others") {
  const std::string payload = test::hex("f2 48 cd c9 c9 07 00");
  const std::string damaged = test::hex("f2 48 cd 06 ff");
  enum class Way { corrupt, lost, ended };
  for (const Way way : {Way::corrupt, Way::lost, Way::ended}) {
    for (int given_up = 1; given_up < 5; ++given_up) {
      CAPTURE(static_cast<int>(way));
      CAPTURE(given_up);
      InflatePool pool({.memory = 3 * state_size() + 3000});
      Counter sink;
      std::uint64_t shed = 0;
      for (int i = 0; i < given_up; ++i) {
        Inflater inflater(pool, {});
        switch (way) {
          case Way::corrupt:
            CHECK(inflate(inflater, damaged) == InflateOutcome::corrupt);
            break;
          case Way::lost:
            inflater.begin_message();
            inflater.feed(as_bytes(payload), sink);
            inflater.lose_context();
            ++shed;
            break;
          case Way::ended:
            inflater.begin_message();
            break;
        }
      }
      // Three at once have room, whatever was before.
      Inflater first(pool, {});
      Inflater second(pool, {});
      Inflater third(pool, {});
      for (Inflater* inflater : {&first, &second, &third}) {
        inflater->begin_message();
        CHECK(inflater->feed(as_bytes(payload), sink) == InflateOutcome::good);
      }
      CHECK(pool.shed_messages() == shed);
    }
  }
}

TEST_CASE("a direction that ends gives back all that it had, wherever it stood") {
  InflatePool pool({.idle_states = 1});
  const std::string payload = test::hex("f2 48 cd c9 c9 07 00");
  for (int run = 0; run < 10; ++run) {
    Inflater in_hand(pool, {});
    Inflater detached(pool, {});
    Inflater attached(pool, {});
    const Inflater unused(pool, {});
    inflate(detached, payload);
    inflate(attached, payload);
    in_hand.begin_message();
    CHECK(detached.memory() == 5);
    CHECK(attached.memory() == state_size());
    CHECK(in_hand.memory() == state_size());
    CHECK(unused.memory() == 0);
  }
  // What is left are the states that wait for the next message.
  CHECK(pool.memory() <= 2 * state_size());
  CHECK(pool.memory() % state_size() == 0);
}

// Many directions share a pool, and their messages come in parts, in any order.
class Traffic {
 public:
  Traffic(std::mt19937& random, InflateLimits limits, bool has_faults)
      : random_(random), limits_(limits), pool_(limits), has_faults_(has_faults) {
    for (unsigned i = 0; i < 20; ++i) {
      const DeflateParameters parameters{
          .window_bits = static_cast<std::uint8_t>(8 + test::below(random, 8)),
          .takes_over = !test::once_in(random, 4)};
      directions_.push_back(std::make_unique<Direction>(pool_, parameters));
    }
  }

  void step() {
    Direction& direction = *directions_[test::below(random_, 20)];
    if (direction.is_in_message) {
      go_on(direction);
    } else {
      begin(direction);
    }
    CHECK(pool_.memory() <= limits_.memory);
    check_order();
  }

  std::uint64_t good = 0;
  std::uint64_t shed = 0;

  void finish() {
    for (const auto& direction : directions_) {
      while (direction->is_in_message) go_on(*direction);
    }
    CHECK(pool_.shed_messages() == shed);
    directions_.clear();
    CHECK(pool_.memory() <= (limits_.idle_states + 1) * std::size_t{45000});
  }

 private:
  struct Direction {
    Direction(InflatePool& pool, DeflateParameters parameters) : sender(pool, parameters) {}

    Sender sender;
    bool is_in_message = false;
    bool is_faulty = false;  // something else than the budget has taken its context
    bool is_damaged = false;
    bool has_context = true;
    std::size_t said = 0;
    std::string text;
    std::string payload;
    Collector sink;
    std::uint64_t last_use = 0;
  };

  void begin(Direction& direction) {
    direction.is_in_message = true;
    direction.text = random_text(random_, test::below(random_, 1u << test::below(random_, 16)));
    direction.payload = direction.sender.deflater.message(direction.text);
    if (!direction.sender.takes_over) direction.sender.deflater.forget();
    direction.sink.text.clear();
    direction.is_damaged = has_faults_ && test::once_in(random_, 50);
    if (direction.is_damaged) {
      char& byte =
          direction.payload[test::below(random_, static_cast<unsigned>(direction.payload.size()))];
      byte = static_cast<char>(byte ^ (1 << test::below(random_, 8)));
    }
    direction.sender.inflater.begin_message();
  }

  void go_on(Direction& direction) {
    if (direction.payload.empty()) return end(direction);
    const std::size_t size = 1 + test::below(random_, 4000);
    const std::string part = direction.payload.substr(0, size);
    direction.payload.erase(0, size);
    direction.sender.inflater.feed(as_bytes(part), direction.sink);
  }

  void end(Direction& direction) {
    direction.is_in_message = false;
    const InflateOutcome outcome = direction.sender.inflater.end_message(direction.sink);
    if (outcome == InflateOutcome::shed) ++shed;
    if (direction.sender.takes_over && outcome != InflateOutcome::good)
      direction.has_context = false;
    direction.is_faulty = direction.is_faulty || direction.is_damaged;
    if (!direction.sender.takes_over) direction.is_faulty = direction.is_damaged;
    if (direction.is_faulty) return;
    const bool is_good_or_shed = outcome == InflateOutcome::good || outcome == InflateOutcome::shed;
    CHECK(is_good_or_shed);
    if (outcome != InflateOutcome::good) return;
    ++good;
    CHECK(direction.has_context);
    CHECK(direction.sink.text == direction.text);
    direction.said += direction.text.size();
    direction.last_use = ++clock_;
  }

  // Of the directions that have something to lose, those used last have it still.
  void check_order() {
    std::uint64_t last_evicted = 0;
    std::uint64_t first_kept = ~std::uint64_t{0};
    for (const auto& direction : directions_) {
      if (!direction->sender.takes_over || direction->is_faulty || direction->is_damaged ||
          direction->is_in_message || direction->said == 0 || !direction->has_context)
        continue;
      if (direction->sender.inflater.memory() == 0) {
        last_evicted = std::max(last_evicted, direction->last_use);
      } else {
        first_kept = std::min(first_kept, direction->last_use);
      }
    }
    CHECK(last_evicted < first_kept);
  }

  std::mt19937& random_;
  InflateLimits limits_;
  InflatePool pool_;
  bool has_faults_;
  std::vector<std::unique_ptr<Direction>> directions_;
  std::uint64_t clock_ = 0;
};

TEST_CASE("property: what is good is what was sent, within the budget, oldest windows go first") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const std::size_t memory : {50'000u, 100'000u, 300'000u, 600'000u, 64u << 20}) {
    for (const std::size_t idle_states : {0u, 2u, 32u}) {
      for (const bool has_faults : {false, true}) {
        CAPTURE(memory);
        CAPTURE(idle_states);
        CAPTURE(has_faults);
        Traffic traffic(random, {.memory = memory, .idle_states = idle_states}, has_faults);
        for (int i = 0; i < 2000; ++i) traffic.step();
        traffic.finish();
        CHECK(traffic.good > 0);
        if (memory == 64u << 20 && !has_faults) CHECK(traffic.shed == 0);
        if (memory == 50'000u) CHECK(traffic.shed > 0);
      }
    }
  }
}

}  // namespace
}  // namespace lastframe::ws
