#include "core/verdict/patterns.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using test::at;
using test::Crowd;
using test::Life;
using test::Told;

// Connections that open one after the other and stay, until all that are there end at `end`.
Crowd opened_and_ended_at_once(unsigned count, double opening, double end, const Life& like) {
  Crowd crowd;
  for (unsigned i = 0; i < count; ++i) {
    Life life = like;
    life.accepted = opening * i / count;
    life.ended = end + crowd.between(0, 0.1);
    life.idle = crowd.between(0, end - opening);
    crowd.lives.push_back(life);
  }
  return crowd;
}

TEST_CASE("a client is whom a trusted proxy names, else its address without the port") {
  const auto own = [](std::string_view address) { return client_of(std::nullopt, address); };
  CHECK(own("192.0.2.1:50122") == "192.0.2.1");
  CHECK(own("[2001:db8::1]:50122") == "[2001:db8::1]");
  CHECK(own("unix:") == "");
  CHECK(own("unix:/run/a:b") == "");
  CHECK(client_of("203.0.113.9", "192.0.2.1:50122") == "203.0.113.9");
}

TEST_CASE("what a limit ends after the same silence is counted together") {
  Crowd crowd;
  for (int i = 0; i < 430; ++i) {
    const double accepted = 20.0 * i;
    const bool is_cut = i % 10 != 0;
    const double idle = is_cut ? crowd.between(59.6, 60.4) : crowd.between(6, 40);
    crowd.lives.push_back(
        {.accepted = accepted, .ended = accepted + idle + crowd.between(60, 600), .idle = idle});
  }
  const Told told = crowd.play(20'000);
  const session::Share last = told.ends.back().same_idle;
  CHECK(last.of == 256);
  CHECK(last.matching >= 220);
  CHECK(told.ends.back().same_idle_of_side == last);
  CHECK(told.ends.back().same_age.matching <= 20);
  CHECK(told.mass_closes.empty());
  CHECK(told.in_drain() == 0);
}

struct MassStory {
  std::string name;
  unsigned count;
  double opening;  // seconds, in which they are opened
  double end;
  Life like;
  bool is_mass_close;
};

TEST_CASE("many that end at once, and what only looks like it") {
  const std::vector<MassStory> stories{
      {"a server that is killed", 40, 3, 4, {}, true},
      {"a server that is killed after an hour", 40, 3, 3600, {}, true},
      {"a server that dies under clients that came back together", 40, 2, 3600, {}, true},
      {"a server that is stopped, with a Close", 500, 600, 900, {.code = 1001}, true},
      {"a server that says good-bye with 1000", 500, 600, 900, {.code = 1000}, true},
      {"a hop in front that is reloaded",
       500,
       600,
       900,
       {.closer = Endpoint::client, .code = 1001},
       true},
      {"a hop in front that dies", 500, 600, 900, {.closer = Endpoint::client}, true},
      {"clients that all say good-bye",
       500,
       600,
       900,
       {.closer = Endpoint::client, .code = 1000},
       false},
      {"clients that all say good-bye without a code",
       500,
       600,
       900,
       {.closer = Endpoint::client, .code = 1005},
       false},
      {"too few", 9, 600, 900, {}, false},
      {"a load test whose connections were opened together", 50, 0.05, 3, {}, false},
  };
  for (const MassStory& story : stories) {
    CAPTURE(story.name);
    const Told told = opened_and_ended_at_once(story.count, story.opening, story.end, story.like)
                          .play(story.end + 10);
    CHECK(told.mass_closes.size() == (story.is_mass_close ? 1 : 0));
    CHECK((told.in_mass_close() > 0) == story.is_mass_close);
    if (told.mass_closes.empty()) continue;
    const MassClose& mass = told.mass_closes.front();
    CHECK(mass.id == 1);
    CHECK(mass.listener == "chat");
    CHECK(mass.upstream == "10.0.0.7:9000");
    CHECK(mass.closes == story.count);
    CHECK(mass.by_client + mass.by_server == story.count);
    CHECK((mass.by_client == story.count) == (story.like.closer == Endpoint::client));
    CHECK(mass.without_close == (story.like.code ? 0 : story.count));
    CHECK(mass.with_restart_code == (story.like.code == 1001 ? story.count : 0));
    CHECK(mass.ended - mass.began <= std::chrono::milliseconds(100));
    CHECK(mass.usual_per_second == 0);
    CHECK(std::chrono::duration<double>(mass.oldest - mass.youngest).count() ==
          doctest::Approx(story.opening).epsilon(0.1));
    // From the tenth part, or the first ages that differ, on.
    CHECK(told.in_mass_close() >= story.count / 4);
  }
}

TEST_CASE("connections that end in the order in which they were opened have one age") {
  for (const Endpoint closer : kEndpoints) {
    for (const double age : {0.5, 10.0, 3600.0}) {
      for (const double apart : {0.01, 0.05}) {
        CAPTURE(age);
        CAPTURE(apart);
        Crowd crowd;
        for (int i = 0; i < 50; ++i) {
          const double opened = i * apart;
          const double idle = crowd.between(0, age);
          crowd.lives.push_back({.accepted = opened,
                                 .ended = opened + age + crowd.between(0, 0.01),
                                 .closer = closer,
                                 .code = 1001,
                                 .idle = idle});
        }
        const Told told = crowd.play(age + 60);
        CHECK(told.mass_closes.empty());
        CHECK(told.in_mass_close() == 0);
      }
    }
  }
}

// Ends that are many, but no more than usual, or not of a good part of those that are open.
TEST_CASE("traffic that is heavy from the first second on is no mass close") {
  struct Story {
    std::string name;
    double rate;
    double until;
    double shortest;
    double longest;  // 0: exponential, with `shortest` as the mean
  };
  for (const Story& story : std::vector<Story>{
           {"0.1 s each", 200, 30, 0.05, 0.15},
           {"2 s each, more or less", 200, 60, 2, 0},
           {"5 s each, more or less", 300, 60, 5, 0},
           {"1 to 5 s", 200, 60, 1, 5},
           {"3 to 7 s", 100, 90, 3, 7},
           {"7 to 13 s", 100, 90, 7, 13},
           {"30 s each, all alike", 100, 150, 30, 30},
           {"30 s each, all alike, and rare", 1, 300, 30, 30},
           {"a minute each, more or less", 50, 400, 60, 0},
       }) {
    for (const Endpoint closer : kEndpoints) {
      CAPTURE(story.name);
      Crowd crowd;
      crowd.arrive(story.rate, 0, story.until, {.closer = closer, .code = 1001}, [&] {
        return story.longest > 0 ? crowd.between(story.shortest, story.longest)
                                 : crowd.exponential(story.shortest);
      });
      const Told told = crowd.play(story.until);
      CHECK(told.ends.size() > 100);
      CHECK(told.mass_closes.empty());
      CHECK(told.in_mass_close() == 0);
      CHECK(told.in_drain() == 0);
    }
  }
}

// As with 1,100 a second of 30 minutes each, only fewer.
TEST_CASE("many long lives end in great number, and that is usual") {
  Crowd crowd;
  crowd.arrive(40, 0, 4000, {}, [&] { return crowd.exponential(1000); });
  const Told told = crowd.play(4000);
  CHECK(told.ends.size() > 100'000);
  CHECK(told.mass_closes.empty());
  CHECK(told.in_drain() == 0);
}

TEST_CASE("a crash stands out of heavy traffic, and tells what was usual") {
  Crowd crowd;
  crowd.arrive(20, 0, 700, {}, [&] { return crowd.exponential(100); });
  for (Life& life : crowd.lives) {
    if (life.accepted < 600 && life.ended > 600) life.ended = 600 + crowd.between(0, 0.3);
  }
  const Told told = crowd.play(700);
  REQUIRE(told.mass_closes.size() == 1);
  const MassClose& mass = told.mass_closes.front();
  CHECK(mass.closes > 1500);
  CHECK(mass.usual_per_second > 15);
  CHECK(mass.usual_per_second < 25);
  CHECK(told.in_drain() == 0);
}

TEST_CASE("each of two crashes is told once, with its own number") {
  Crowd crowd;
  for (const double begin : {0.0, 300.0}) {
    for (int i = 0; i < 60; ++i) {
      crowd.lives.push_back(
          {.accepted = begin + i, .ended = begin + 200 + crowd.between(0, 0.2), .idle = 1});
    }
  }
  const Told told = crowd.play(600);
  REQUIRE(told.mass_closes.size() == 2);
  CHECK(told.mass_closes[0].id == 1);
  CHECK(told.mass_closes[1].id == 2);
  CHECK(told.mass_closes[0].closes == 60);
  CHECK(told.mass_closes[1].closes == 60);
}

TEST_CASE("ends that take their time are of the mass close in which they began") {
  Crowd crowd = opened_and_ended_at_once(60, 60, 100, {});
  for (Life& life : crowd.lives) life.lingers = crowd.between(0, 1.5);
  crowd.lives.back().lingers = 25;
  const Told told = crowd.play(200);
  REQUIRE(told.mass_closes.size() == 1);
  CHECK(told.mass_closes.front().closes == 59);
  REQUIRE(told.ends.back().mass_close.has_value());
  CHECK(told.ends.back().mass_close->id == 1);
}

TEST_CASE("a mass close that runs when the program stops is told") {
  const Crowd crowd = opened_and_ended_at_once(40, 30, 100, {});
  Patterns patterns("chat", "u");
  const Told told = crowd.play(100.15, patterns);
  CHECK(told.mass_closes.size() == 1);
  CHECK_FALSE(patterns.has_mass_close());
}

TEST_CASE("a mass close shows until it is taken") {
  Patterns patterns("chat", "u");
  for (int i = 0; i < 30; ++i) patterns.note_accepted(at(i));
  for (int i = 0; i < 30; ++i) {
    patterns.learn(test::facts_of({.accepted = double(i), .ended = 100}));
  }
  CHECK(patterns.has_mass_close());
  CHECK_FALSE(patterns.take_mass_close(at(101.9)).has_value());
  CHECK(patterns.take_mass_close(at(102.1)).has_value());
  CHECK_FALSE(patterns.has_mass_close());
  CHECK_FALSE(patterns.take_mass_close(at(300), true).has_value());
}

TEST_CASE("what lasts longer than a minute has become usual") {
  Crowd crowd = opened_and_ended_at_once(300, 300, 400, {});
  crowd.arrive(30, 395, 700, {}, [&] { return crowd.between(1, 6); });
  const Told told = crowd.play(700);
  REQUIRE(told.mass_closes.size() == 1);
  const MassClose& mass = told.mass_closes.front();
  CHECK(mass.closes > 300 + 50 * 30);
  CHECK(mass.closes < 300 + 70 * 30);
  CHECK_FALSE(told.ends.back().mass_close.has_value());
}

TEST_CASE("one that we cut ourselves teaches nothing") {
  Patterns patterns("chat", "u");
  for (int i = 0; i < 50; ++i) patterns.note_accepted(at(i));
  for (int i = 0; i < 50; ++i) {
    EndFacts facts = test::facts_of({.accepted = double(i), .ended = 100, .idle = 60});
    facts.was_cut_by_us = true;
    facts.accepted_size = 1000;
    CHECK(patterns.learn(facts) == session::KnownPatterns{});
  }
  CHECK_FALSE(patterns.has_mass_close());
}

// A deploy behind one address: those of the old process end over some minutes, the new ones stay.
Crowd deploy(double old_rate, double new_rate, double begin, double length) {
  Crowd crowd;
  crowd.arrive(old_rate, 0, begin, {.idle = 0.5}, [&] { return crowd.exponential(900); });
  for (Life& life : crowd.lives) {
    life.closer = Endpoint::client;
    life.code = 1000;
    if (life.ended < begin) continue;
    life.closer = Endpoint::server;
    life.code = 1001;
    life.ended = begin + crowd.between(0, length);
  }
  crowd.arrive(new_rate, begin, begin + length, {.idle = 0.5}, [&] { return 1e6; });
  return crowd;
}

TEST_CASE("a gradual drain is recognised, and its numbers hold") {
  const Crowd crowd = deploy(0.5, 0.5, 4800, 600);
  const Told told = crowd.play(5400);
  CHECK(told.mass_closes.empty());
  REQUIRE(told.in_drain() >= 20);
  const auto& last = *std::ranges::find_if(told.ends.rbegin(), told.ends.rend(),
                                           [](const auto& k) { return k.drain.has_value(); });
  CHECK(last.drain->closes >= 20);
  CHECK(last.drain->open_since >= 50);
  CHECK(last.drain->open_since <= 400);
  CHECK(last.drain->since_cutoff <= std::chrono::seconds(660));
}

TEST_CASE("what only looks like a gradual drain") {
  struct Story {
    std::string name;
    double rate;
    double until;
    double shortest;
    double longest;  // 0: exponential
  };
  // In all of them those that end are older than those that stay.
  for (const Story& story : std::vector<Story>{
           {"a lifetime of a minute", 10, 900, 60, 60},
           {"a lifetime of a minute, with some play", 10, 900, 55, 65},
           {"the same with more of them", 100, 300, 55, 65},
           {"a lifetime of five minutes, with much play", 3, 3000, 240, 360},
           {"one to three minutes", 2, 2000, 60, 180},
           {"20 s to three minutes", 2, 2000, 20, 180},
           {"10 s to two minutes, rare", 1, 4000, 10, 120},
           {"long lives", 5, 4000, 1200, 0},
       }) {
    for (unsigned seed = 0; seed < 5; ++seed) {
      CAPTURE(story.name);
      CAPTURE(seed);
      Crowd crowd(seed);
      crowd.arrive(story.rate, 0, story.until, {.code = 1001, .idle = 1}, [&] {
        return story.longest > 0 ? crowd.between(story.shortest, story.longest)
                                 : crowd.exponential(story.shortest);
      });
      const Told told = crowd.play(story.until);
      CHECK(told.in_drain() == 0);
      CHECK(told.mass_closes.empty());
    }
  }
}

TEST_CASE("a drain of which younger ones end too is none") {
  Crowd crowd = deploy(0.5, 0.5, 4800, 600);
  for (Life& life : crowd.lives) {
    if (life.accepted > 4800) life.ended = life.accepted + 30;
  }
  CHECK(crowd.play(5400).in_drain() == 0);
}

// Two workers hand over what they saw, each in its order; only their turns differ.
TEST_CASE("property: the turns of the workers change nothing that matters") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const Crowd crowd = opened_and_ended_at_once(80, 200, 400, {});
  std::optional<MassClose> first;
  for (int round = 0; round < 20; ++round) {
    Crowd mixed = crowd;
    for (Life& life : mixed.lives) life.lingers = test::below(random, 50) / 1000.0;
    const Told told = mixed.play(500);
    REQUIRE(told.mass_closes.size() == 1);
    const MassClose& mass = told.mass_closes.front();
    if (!first) first = mass;
    CHECK(mass.closes == first->closes);
    CHECK(mass.began == first->began);
    CHECK(mass.ended == first->ended);
    CHECK(mass.youngest == first->youngest);
    CHECK(mass.oldest == first->oldest);
  }
}

TEST_CASE("property: the last close's shares do not depend on the order before it") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::vector<EndFacts> ends;
  for (int i = 0; i < 200; ++i) {
    ends.push_back(test::facts_of({.accepted = 0,
                                   .ended = 100.0 + test::below(random, 50),
                                   .idle = 50.0 + test::below(random, 20)}));
  }
  const EndFacts last = test::facts_of({.accepted = 0, .ended = 120, .idle = 60});
  std::optional<session::KnownPatterns> expected;
  for (int round = 0; round < 10; ++round) {
    std::ranges::shuffle(ends, random);
    Patterns patterns("chat", "u");
    for (const EndFacts& facts : ends) patterns.learn(facts);
    const session::KnownPatterns known = patterns.learn(last);
    if (!expected) expected = known;
    CHECK(known.same_idle == expected->same_idle);
    CHECK(known.same_age == expected->same_age);
    CHECK(known.same_idle.of == 201);
  }
}

TEST_CASE("a client that asks again at once is seen, and one that does not is not") {
  Patterns patterns("chat", "u");
  patterns.note_request("192.0.2.1", at(10));
  const auto asked_again = [&](std::string_view client) {
    return patterns.never_opened(client, at(9), at(10), at(10.1)).has_same_client_asked_again;
  };
  CHECK_FALSE(asked_again("192.0.2.1"));
  patterns.note_request("192.0.2.1", at(10.1));
  CHECK(asked_again("192.0.2.1"));
  CHECK_FALSE(asked_again("192.0.2.2"));
}

TEST_CASE("of two that learnt, the lower limits are kept") {
  Learnt low{.idle = 60.0F, .lifetime = std::nullopt, .size_limits = {100, std::nullopt}};
  const Learnt high{.idle = 120.0F, .lifetime = 3600.0F, .size_limits = {200, 300}};
  const Learnt both{.idle = 60.0F, .lifetime = 3600.0F, .size_limits = {100, 300}};
  Learnt other = high;
  low.narrow(high);
  CHECK(low == both);
  other.narrow({.idle = 60.0F, .lifetime = std::nullopt, .size_limits = {100, std::nullopt}});
  CHECK(other == both);
}

TEST_CASE("a size that one side refused is a limit of the messages towards it") {
  for (const Endpoint closer : kEndpoints) {
    CAPTURE(name(closer));
    Patterns patterns("chat", "10.0.0.7:9000", "ws://chat:9000");
    EndFacts facts = test::facts_of({.ended = 10, .closer = closer, .code = 1009});
    facts.refused_size = 70'000;
    patterns.note_accepted(at(0));
    patterns.learn(facts);
    const Learnt learnt = patterns.learnt();
    CHECK(learnt.size_limits[index(direction_from(other(closer)))] == 70'000);
    CHECK_FALSE(learnt.size_limits[index(direction_from(closer))]);
    CHECK(patterns.configured_upstream() == "ws://chat:9000");
  }
}

}  // namespace
}  // namespace lastframe::verdict
