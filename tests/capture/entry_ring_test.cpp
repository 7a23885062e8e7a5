#include "capture/entry_ring.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <string>
#include <utility>

#include "support/seeds.h"

namespace lastframe::capture {
namespace {

struct Kept {
  std::uint64_t sequence;
  std::uint64_t microseconds;
  EntryRing::Form form;
  bool is_frame_start;
  std::uint64_t stream_bytes;
  std::string body;

  EntryRing::Entry entry() const {
    return {.sequence = sequence,
            .microseconds = microseconds,
            .form = form,
            .is_frame_start = is_frame_start,
            .stream_bytes = stream_bytes,
            .body = body};
  }
};

constexpr std::uint64_t kMostSequence = (std::uint64_t{1} << 40) - 1;
constexpr std::uint64_t kMostTime = (std::uint64_t{1} << 47) - 1;
constexpr std::uint64_t kMostBytes = (std::uint64_t{1} << 23) - 1;

void check_same(const EntryRing& ring, const std::deque<Kept>& model) {
  CHECK(ring.count() == model.size());
  CHECK(ring.is_empty() == model.empty());
  EntryRing::Cursor cursor(ring);
  for (const Kept& kept : model) {
    const auto entry = cursor.next();
    REQUIRE(entry.has_value());
    CHECK(entry->sequence == kept.sequence);
    CHECK(entry->microseconds == kept.microseconds);
    CHECK(entry->form == kept.form);
    CHECK(entry->is_frame_start == kept.is_frame_start);
    CHECK(entry->stream_bytes == kept.stream_bytes);
    CHECK(entry->body == kept.body);
  }
  CHECK_FALSE(cursor.next().has_value());
}

TEST_CASE("a new ring is empty and takes no memory") {
  const EntryRing ring;
  check_same(ring, {});
  CHECK(ring.memory() == 0);
  CHECK(ring.size() == 0);
}

TEST_CASE("each field of an entry is kept at its limits") {
  EntryRing ring;
  std::deque<Kept> model;
  for (const auto form : {EntryRing::Form::entries, EntryRing::Form::bare_header}) {
    for (const bool is_frame_start : {false, true}) {
      model.push_back({0, 0, form, is_frame_start, 0, ""});
      model.push_back({kMostSequence, kMostTime, form, is_frame_start, kMostBytes,
                       std::string(EntryRing::kLongestBody, 'b')});
    }
  }
  for (const Kept& kept : model) ring.append(kept.entry());
  check_same(ring, model);
}

TEST_CASE("numbers beyond their limits stay at them, and spoil no other field") {
  EntryRing ring;
  const std::uint64_t all = ~std::uint64_t{0};
  ring.append(Kept{all, all, EntryRing::Form::entries, false, all, "x"}.entry());
  check_same(ring, {{kMostSequence, kMostTime, EntryRing::Form::entries, false, kMostBytes, "x"}});
}

TEST_CASE("property: a ring holds what a queue holds, and says what it drops") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 20; ++run) {
    EntryRing ring;
    std::deque<Kept> model;
    const unsigned longest = run % 2 == 0 ? 20 : 5000;
    for (int step = 0; step < 300; ++step) {
      if (!model.empty() && test::below(random, 100) < 45) {
        CHECK(ring.drop_oldest() == model.front().stream_bytes);
        model.pop_front();
      } else if (test::once_in(random, 100)) {
        ring.clear();
        model.clear();
        CHECK(ring.memory() == 0);
      } else {
        model.push_back({random(), random(), static_cast<EntryRing::Form>(test::below(random, 2)),
                         test::once_in(random, 2), test::below(random, kMostBytes),
                         test::random_bytes(random, test::below(random, longest))});
        const std::size_t before = ring.memory();
        const bool has_grown = ring.append(model.back().entry());
        CHECK(has_grown == (ring.memory() != before));
      }
      REQUIRE(ring.size() <= ring.memory());
      if (step % 7 == 0) check_same(ring, model);
    }
    check_same(ring, model);
  }
}

TEST_CASE("a ring whose oldest give way does not grow for ever") {
  EntryRing ring;
  const Kept kept{1, 1, EntryRing::Form::entries, true, 100, std::string(100, 'x')};
  for (int i = 0; i < 10; ++i) ring.append(kept.entry());
  for (int i = 0; i < 10'000; ++i) {
    ring.drop_oldest();
    ring.append(kept.entry());
  }
  CHECK(ring.count() == 10);
  // Twice what is kept, and twice that, for the store grows by doubling.
  CHECK(ring.memory() <= 4 * ring.size());
}

}  // namespace
}  // namespace lastframe::capture
