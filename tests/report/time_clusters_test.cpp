#include "report/time_clusters.h"

#include <doctest/doctest.h>

#include <chrono>
#include <random>

#include "support/seeds.h"

namespace lastframe::report {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

verdict::EndFacts end_after(double idle, double age, int number,
                            std::optional<std::uint16_t> code = std::nullopt) {
  verdict::EndFacts facts;
  facts.closer = Endpoint::server;
  facts.code = code;
  facts.ended = Moment(seconds(100'000 + 37 * number));
  facts.accepted = facts.ended - microseconds(static_cast<std::int64_t>(age * 1e6));
  facts.finished = facts.ended;
  facts.idle = milliseconds(static_cast<std::int64_t>(idle * 1e3));
  facts.idle_of = {facts.idle, facts.idle};
  return facts;
}

TEST_CASE("ends after the same silence are one cluster, whatever their age") {
  TimeClusters clusters;
  for (int i = 0; i < 50; ++i) clusters.add(end_after(60 + 0.01 * (i % 5), 100 + 61 * i, i));
  const auto found = clusters.found();
  REQUIRE(found.size() == 1);
  CHECK(found[0].measure == Measure::idle);
  CHECK(found[0].closer == Endpoint::server);
  CHECK(found[0].count == 50);
  CHECK(found[0].of == 50);
  CHECK(found[0].mean() == doctest::Approx(60.02).epsilon(0.001));
  CHECK(found[0].lowest >= 60);
  CHECK(found[0].highest <= 60.041);
}

TEST_CASE("ends at the same age are one cluster, whatever the silence") {
  TimeClusters clusters;
  for (int i = 0; i < 40; ++i) clusters.add(end_after(0.1 + 1.7 * i, 3600, i));
  const auto found = clusters.found();
  REQUIRE(found.size() == 1);
  CHECK(found[0].measure == Measure::age);
  CHECK(found[0].count == 40);
  CHECK(found[0].mean() == doctest::Approx(3600));
}

TEST_CASE("a time-out is found among ends of other kinds, and two beside each other") {
  std::mt19937 random(test::seed());
  TimeClusters clusters;
  for (int i = 0; i < 600; ++i) {
    const double other = 1 + test::below(random, 3'000'000) / 1000.0;
    const double idle = i % 3 == 0 ? 60.0 : i % 3 == 1 ? 300.0 : other;
    clusters.add(end_after(idle, idle + other, i));
  }
  const auto found = clusters.found();
  REQUIRE(found.size() == 2);
  CHECK(found[0].count + found[1].count >= 390);
  CHECK(found[0].count + found[1].count <= 430);
  CHECK(found[0].of == 600);
}

TEST_CASE("ends after all kinds of times are no cluster") {
  std::mt19937 random(test::seed());
  TimeClusters clusters;
  for (int i = 0; i < 2000; ++i) {
    const double idle = 1 + test::below(random, 600'000) / 1000.0;
    clusters.add(end_after(idle, idle + test::below(random, 3'600'000) / 1000.0, i));
  }
  CHECK(clusters.found().empty());
}

TEST_CASE("codes are kept apart, and who leaves by itself or was cut by us keeps no limit") {
  TimeClusters clusters;
  for (int i = 0; i < 20; ++i) {
    clusters.add(end_after(30, 100 + 60 * i, i));
    clusters.add(end_after(30, 100 + 60 * i, i, 1001));
    verdict::EndFacts left = end_after(30, 100 + 60 * i, i, 1000);
    left.closer = Endpoint::client;
    clusters.add(left);
    verdict::EndFacts cut = end_after(30, 100 + 60 * i, i, 1011);
    cut.was_cut_by_us = true;
    clusters.add(cut);
  }
  const auto found = clusters.found();
  REQUIRE(found.size() == 2);
  CHECK(found[0].count == 20);
  CHECK(found[1].count == 20);
  CHECK(found[0].code != found[1].code);
}

TEST_CASE("a close is counted in one cluster only") {
  std::mt19937 random(test::seed());
  TimeClusters clusters;
  for (int i = 0; i < 25; ++i) {
    verdict::EndFacts facts = end_after(1 + test::below(random, 19'000) / 1000.0, 20, i, 1002);
    facts.idle_of[index(Endpoint::server)] = milliseconds(i % 2 == 0 ? 20'000 : 10'000);
    clusters.add(facts);
  }
  std::uint64_t all = 0;
  for (const TimeCluster& cluster : clusters.found()) all += cluster.count;
  CHECK(all >= 20);
  CHECK(all <= 25);
}

TEST_CASE("many clusters are bounded") {
  TimeClusters clusters;
  for (int i = 0; i < 5000; ++i) {
    clusters.add(end_after(10 + i / 4, 20 + i / 4, i, static_cast<std::uint16_t>(4000 + i / 4)));
  }
  CHECK(clusters.found().size() <= TimeClusters::kMost);
}

}  // namespace
}  // namespace lastframe::report
