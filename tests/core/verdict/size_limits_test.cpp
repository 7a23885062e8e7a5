#include "core/verdict/size_limits.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using Size = std::optional<std::uint64_t>;
using Known = SizeLimits::Known;

struct Step {
  double accepted_at;
  double ended_at;
  Size accepted;
  Size refused;
  Known known;
};

struct Story {
  std::string name;
  std::vector<Step> steps;
};

const Size kNone = std::nullopt;

TEST_CASE("a limit lies between the largest that was taken and the smallest that was refused") {
  for (const Story& story : std::vector<Story>{
           {"narrowed from both ends",
            {{0, 1, 100, kNone, {100, kNone}},
             {0, 2, kNone, 9000, {100, 9000}},
             {0, 3, 500, kNone, {500, 9000}},
             {0, 4, 50, 2000, {500, 2000}},
             {0, 5, 300, 3000, {500, 2000}}}},
           {"raised: a new connection's larger message was taken",
            {{0, 1, 100, 1000, {100, 1000}}, {2, 3, 4000, kNone, {4000, kNone}}}},
           {"an old connection may have sent its message before",
            {{0, 1, 100, 1000, {100, 1000}}, {0.5, 3, 4000, kNone, {100, 1000}}}},
           {"lowered: a smaller message was refused",
            {{0, 1, 4000, kNone, {4000, kNone}},
             {2, 3, kNone, 1000, {kNone, 1000}},
             {2, 4, 900, kNone, {900, 1000}}}},
           {"who took more on the same connection refused for another reason",
            {{0, 1, 4000, 1000, {kNone, kNone}}}},
           {"nothing known", {{0, 1, kNone, kNone, {kNone, kNone}}}},
       }) {
    CAPTURE(story.name);
    for (const Endpoint closer : kEndpoints) {
      SizeLimits limits;
      for (const Step& step : story.steps) {
        EndFacts facts = test::facts_of(
            {.accepted = step.accepted_at, .ended = step.ended_at, .closer = closer});
        facts.accepted_size = step.accepted;
        facts.refused_size = step.refused;
        CHECK(limits.learn(facts) == step.known);
      }
      // The other side's limit is another one.
      CHECK(limits.learn(test::facts_of({.closer = other(closer)})) == Known{});
    }
  }
}

}  // namespace
}  // namespace lastframe::verdict
