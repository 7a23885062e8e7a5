#include "diff/alignment.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/seeds.h"

namespace lastframe::diff {
namespace {

Alignment aligned(const std::vector<unsigned>& sent, const std::vector<unsigned>& arrived,
                  std::uint64_t* calls = nullptr) {
  return align({.sent = sent.size(),
                .arrived = arrived.size(),
                .same =
                    [&](std::size_t i, std::size_t j) {
                      if (calls != nullptr) ++*calls;
                      return sent[i] == arrived[j];
                    },
                .sent_key = [&](std::size_t i) { return std::uint64_t{sent[i]} + 1; },
                .arrived_key = [&](std::size_t j) { return std::uint64_t{arrived[j]} + 1; }});
}

// Each element stands in the steps once, in order; what is paired is the same.
void check_whole(const Alignment& alignment, const std::vector<unsigned>& sent,
                 const std::vector<unsigned>& arrived) {
  std::size_t i = 0;
  std::size_t j = 0;
  for (const Step& step : alignment.steps) {
    REQUIRE((step.sent || step.arrived));
    if (step.sent) REQUIRE(*step.sent == i++);
    if (step.arrived) REQUIRE(*step.arrived == j++);
    if (step.sent && step.arrived) REQUIRE(sent[*step.sent] == arrived[*step.arrived]);
  }
  REQUIRE(i == sent.size());
  REQUIRE(j == arrived.size());
}

std::size_t edits_of(const Alignment& alignment) {
  return static_cast<std::size_t>(std::ranges::count_if(
      alignment.steps, [](const Step& step) { return !step.sent || !step.arrived; }));
}

// By dynamic programming, in quadratic time.
std::size_t fewest_edits(const std::vector<unsigned>& a, const std::vector<unsigned>& b) {
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = a[i - 1] == b[j - 1] ? last[j - 1] : 1 + std::min(last[j], row[j - 1]);
    }
    last = row;
  }
  return last.back();
}

std::vector<unsigned> numbers(std::size_t count, unsigned from = 0) {
  std::vector<unsigned> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = from + static_cast<unsigned>(i);
  return result;
}

TEST_CASE("property: an alignment is whole, and of short sequences has the fewest edits") {
  std::mt19937 random(test::seed());
  CAPTURE(test::seed());
  for (int round = 0; round < 20'000; ++round) {
    const unsigned letters = 1 + test::below(random, 6);
    std::vector<unsigned> sent;
    std::vector<unsigned> arrived;
    for (unsigned i = test::below(random, 12); i > 0; --i) {
      sent.push_back(test::below(random, letters));
    }
    for (unsigned i = test::below(random, 12); i > 0; --i) {
      arrived.push_back(test::below(random, letters));
    }
    const Alignment alignment = aligned(sent, arrived);
    check_whole(alignment, sent, arrived);
    CHECK(edits_of(alignment) == fewest_edits(sent, arrived));
  }
}

TEST_CASE("a few edits far from each other are found in time that grows with the length") {
  const std::vector<unsigned> sent = numbers(200'000);
  std::vector<unsigned> arrived = sent;
  arrived.erase(arrived.begin() + 150'000);
  arrived.insert(arrived.begin() + 100'000, 7);
  arrived.erase(arrived.begin() + 50'000, arrived.begin() + 50'003);
  std::uint64_t calls = 0;
  const Alignment alignment = aligned(sent, arrived, &calls);
  check_whole(alignment, sent, arrived);
  CHECK(edits_of(alignment) == 5);
  CHECK(alignment.is_exhaustive);
  CHECK(calls < 500'000);
}

TEST_CASE("a long run on one side only is passed over") {
  const std::vector<unsigned> sent = numbers(50'000);
  std::vector<unsigned> arrived = sent;
  arrived.erase(arrived.begin() + 1000, arrived.begin() + 30'000);
  for (const bool is_drop : {true, false}) {
    const Alignment alignment = is_drop ? aligned(sent, arrived) : aligned(arrived, sent);
    CHECK(edits_of(alignment) == 29'000);
    CHECK(alignment.is_exhaustive);
  }
}

TEST_CASE("sequences that have nothing in common take bounded time") {
  for (const unsigned letters : {1u, 2u, 1'000'000u}) {
    std::mt19937 random(test::seed());
    std::vector<unsigned> sent(60'000);
    std::vector<unsigned> arrived(60'000);
    for (unsigned& value : sent) value = test::below(random, letters);
    for (unsigned& value : arrived) value = letters / 2 + test::below(random, letters);
    std::uint64_t calls = 0;
    const Alignment alignment = aligned(sent, arrived, &calls);
    check_whole(alignment, sent, arrived);
    CHECK(calls < 25'000'000);
  }
}

}  // namespace
}  // namespace lastframe::diff
