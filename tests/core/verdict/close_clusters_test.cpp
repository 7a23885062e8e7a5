#include "core/verdict/close_clusters.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using session::Share;
using test::facts_of;

TEST_CASE("the tolerance is a second, one part in fifty of longer times, a tenth of short ones") {
  struct Row {
    double own;
    double other;
    bool is_same;
  };
  for (const Row& row :
       {Row{20, 21, true}, Row{20, 19, true}, Row{20, 21.2, false}, Row{20, 18.8, false},
        Row{2, 2.15, true}, Row{2, 2.3, false}, Row{6, 6.5, true}, Row{6, 6.7, false},
        Row{600, 611, true}, Row{600, 589, true}, Row{600, 613, false}, Row{600, 587, false}}) {
    CAPTURE(row.own);
    CAPTURE(row.other);
    CloseClusters clusters;
    clusters.learn(facts_of({.accepted = 0, .ended = 5000, .idle = row.other}));
    const TimeShares shares =
        clusters.learn(facts_of({.accepted = 0, .ended = 5000, .idle = row.own}));
    CHECK(shares.idle == Share{.matching = row.is_same ? 2u : 1u, .of = 2});
    CHECK(shares.age == Share{.matching = 2, .of = 2});
  }
}

TEST_CASE("an age below five seconds or a silence below one says nothing, but its close counts") {
  CloseClusters clusters;
  CHECK(clusters.learn(facts_of({.ended = 4, .idle = 0.9})).idle == Share{});
  CHECK(clusters.learn(facts_of({.ended = 4, .idle = 0.9})).age == Share{});
  const TimeShares shares = clusters.learn(facts_of({.ended = 60, .idle = 0.96}));
  CHECK(shares.idle == Share{.matching = 3, .of = 3});
  CHECK(shares.age == Share{.matching = 1, .of = 3});
}

TEST_CASE("only closes that look alike are compared: side, and code or none") {
  CloseClusters clusters;
  const auto learn = [&](Endpoint closer, std::optional<std::uint16_t> code) {
    return clusters.learn(facts_of({.ended = 100, .closer = closer, .code = code, .idle = 60}))
        .idle;
  };
  for (const Endpoint closer : kEndpoints) {
    for (std::uint32_t turn = 1; turn <= 3; ++turn) {
      CHECK(learn(closer, std::nullopt) == Share{.matching = turn, .of = turn});
      CHECK(learn(closer, 1000) == Share{.matching = turn, .of = turn});
      CHECK(learn(closer, 1001) == Share{.matching = turn, .of = turn});
    }
  }
}

TEST_CASE("of more codes than there is room for, the one that is longest gone makes room") {
  CloseClusters clusters;
  const auto learn = [&](std::optional<std::uint16_t> code) {
    return clusters.learn(facts_of({.ended = 100, .code = code, .idle = 60})).idle.of;
  };
  CHECK(learn(std::nullopt) == 1);
  for (std::uint16_t code = 4000; code < 4005; ++code) CHECK(learn(code) == 1);
  CHECK(learn(4000) == 2);
  CHECK(learn(4005) == 1);  // takes the place of 4001
  CHECK(learn(4000) == 3);
  CHECK(learn(4001) == 1);
  CHECK(learn(std::nullopt) == 2);
}

TEST_CASE("the last 256 count, and no more") {
  CloseClusters clusters;
  for (int i = 0; i < 300; ++i) clusters.learn(facts_of({.ended = 100, .idle = 60}));
  Share share;
  for (int i = 0; i < 200; ++i) {
    share = clusters.learn(facts_of({.ended = 100, .idle = 30})).idle;
  }
  CHECK(share == Share{.matching = 200, .of = 256});
  CHECK(clusters.learn(facts_of({.ended = 100, .idle = 60})).idle ==
        Share{.matching = 56, .of = 256});
}

TEST_CASE("silences of the two sides are told apart, from either side") {
  for (const Endpoint closer : kEndpoints) {
    CloseClusters clusters;
    EndFacts facts = facts_of({.ended = 100, .closer = closer});
    facts.idle.reset();
    facts.idle_of[index(closer)] = std::chrono::seconds(60);
    facts.idle_of[index(other(closer))].reset();
    const TimeShares shares = clusters.learn(facts);
    CHECK(shares.idle == Share{});
    CHECK(shares.idle_of_side == Share{.matching = 1, .of = 1});
    CHECK(shares.idle_of_other == Share{});
  }
}

// Closes of one kind after these silences, on connections of very different ages.
CloseClusters after_silences(Endpoint closer, std::optional<std::uint16_t> code,
                             const std::vector<double>& silences) {
  CloseClusters clusters;
  double age = 100;
  for (const double idle : silences) {
    age *= 1.5;
    clusters.learn(facts_of({.ended = age, .closer = closer, .code = code, .idle = idle}));
  }
  return clusters;
}

TEST_CASE("a time that most closes of a kind have in common is learnt, and forgotten again") {
  const auto idle_of = [](const std::vector<double>& silences) {
    return after_silences(Endpoint::server, std::nullopt, silences).learnt().idle;
  };
  CHECK_FALSE(idle_of({}));
  CHECK_FALSE(idle_of({60, 60}));
  CHECK(idle_of({60, 60, 60}) == 60.0F);
  CHECK(idle_of({60, 60, 60, 5}) == 60.0F);
  CHECK_FALSE(idle_of({60, 60, 60, 5, 9, 13}));
  CHECK(idle_of({60, 60, 60, 20, 20, 20, 20}) == 20.0F);  // the limit was changed
}

TEST_CASE("the shortest limit is learnt of several kinds of closes") {
  CloseClusters clusters;
  for (int i = 0; i < 3; ++i) {
    const double age = 1000.0 * (i + 1);
    clusters.learn(facts_of({.ended = age, .idle = 300}));
    clusters.learn(facts_of({.ended = age, .code = 1001, .idle = 120}));
  }
  CHECK(clusters.learnt().idle == 120.0F);
}

TEST_CASE("an age is a limit of its own only where it is not the silence") {
  CloseClusters silent;
  CloseClusters busy;
  for (int i = 0; i < 4; ++i) {
    silent.learn(facts_of({.ended = 60, .idle = 60}));
    busy.learn(facts_of({.ended = 3600, .idle = 2.0 + 3 * i}));
  }
  CHECK(silent.learnt().idle == 60.0F);
  CHECK_FALSE(silent.learnt().age);
  CHECK_FALSE(busy.learnt().idle);
  CHECK(busy.learnt().age == 3600.0F);
}

TEST_CASE("clients that say good-bye by themselves keep no limit") {
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{1000, 1005}) {
    CAPTURE(code);
    CHECK_FALSE(after_silences(Endpoint::client, code, {60, 60, 60, 60}).learnt().idle);
    CHECK(after_silences(Endpoint::server, code, {60, 60, 60, 60}).learnt().idle == 60.0F);
  }
}

}  // namespace
}  // namespace lastframe::verdict
