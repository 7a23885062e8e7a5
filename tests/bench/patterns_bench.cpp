// patterns_bench: what one end of a connection costs the comparison with others, in nanoseconds.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "core/verdict/patterns.h"
#include "tests/bench/stopwatch.h"

namespace {

using lastframe::Endpoint;
using lastframe::Moment;
using lastframe::verdict::EndFacts;
using lastframe::verdict::Patterns;
using std::chrono::microseconds;

constexpr int kRuns = 11;
constexpr microseconds kRunTime{20'000};
constexpr int kOpen = 10'000;

struct Case {
  const char* name;
  Endpoint closer;
  std::optional<std::uint16_t> code;
  double per_second;
};

// Lives of half an hour on average, ending at an even pace; as many are open as there are.
double ns_of(const Case& each) {
  std::mt19937 random(1);
  std::vector<microseconds> ages(4096);
  for (microseconds& age : ages) age = microseconds(random() % 3'600'000'000);
  Patterns patterns("chat", "10.0.0.7:9000");
  const microseconds step(static_cast<std::int64_t>(1e6 / each.per_second));
  Moment now{std::chrono::hours(10)};
  for (int i = 0; i < kOpen; ++i) patterns.note_accepted(now);
  std::size_t next = 0;
  return bench::median_ns(kRuns, kRunTime, [&] {
    const microseconds age = ages[next++ % ages.size()];
    now += step;
    patterns.note_accepted(now);
    EndFacts facts;
    facts.closer = each.closer;
    facts.code = each.code;
    facts.accepted = now - age;
    facts.ended = facts.finished = now;
    facts.idle = std::chrono::duration_cast<std::chrono::milliseconds>(age / 4);
    facts.idle_of = {facts.idle, facts.idle};
    facts.accepted_size = 1000;
    patterns.learn(facts);
  });
}

}  // namespace

int main() {
  for (const Case& each : std::array{
           Case{"client says good-bye", Endpoint::client, 1000, 100},
           Case{"server without a Close, 1 a second", Endpoint::server, std::nullopt, 1},
           Case{"server without a Close, 100 a second", Endpoint::server, std::nullopt, 100},
           Case{"server without a Close, 10,000 a second", Endpoint::server, std::nullopt, 10'000},
       }) {
    std::printf("%-44s %6.0f ns\n", each.name, ns_of(each));
  }
}
