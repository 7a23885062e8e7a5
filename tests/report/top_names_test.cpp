#include "report/top_names.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include "support/seeds.h"

namespace lastframe::report {
namespace {

TEST_CASE("names are counted, and sorted by what is asked for") {
  TopNames names(10);
  for (int i = 0; i < 5; ++i) names.add("often", false);
  for (int i = 0; i < 3; ++i) names.add("bad", true);
  names.add("b", true);
  names.add("a", true);
  CHECK(names.most_frequent(2) == std::vector<TopNames::Row>{{"often", {5, 0}}, {"bad", {3, 3}}});
  CHECK(names.most_abnormal(9) ==
        std::vector<TopNames::Row>{{"bad", {3, 3}}, {"a", {1, 1}}, {"b", {1, 1}}});
  CHECK(names.total() == NameCounts{10, 5});
  CHECK(names.unnamed() == NameCounts{});
  CHECK_FALSE(names.has_forgotten());
}

TEST_CASE("rare names make room, and what is in no count is told") {
  TopNames names(2);
  for (int i = 0; i < 3; ++i) names.add("kept", true);
  for (const char* rare : {"a", "b", "c", "d", "e", "f"}) names.add(rare, false);
  CHECK(names.names() <= 4);
  CHECK(names.most_abnormal(1) == std::vector<TopNames::Row>{{"kept", {3, 3}}});
  CHECK(names.has_forgotten());
  CHECK(names.unnamed().all + 3 + names.names() - 1 == names.total().all);
  CHECK(names.unnamed().abnormal == 0);
}

TEST_CASE("property: frequent names are kept among many, and no count is too high") {
  std::mt19937 random(test::seed());
  TopNames names(100);
  std::map<std::string, NameCounts> truth;
  for (int i = 0; i < 200'000; ++i) {
    const bool is_heavy = random() % 4 == 0;
    const std::string name =
        is_heavy ? "heavy" + std::to_string(random() % 10) : "rare" + std::to_string(random());
    const bool is_abnormal = random() % 2 == 0;
    names.add(name, is_abnormal);
    ++truth[name].all;
    if (is_abnormal) ++truth[name].abnormal;
  }
  CHECK(names.names() <= 200);
  const auto top = names.most_abnormal(10);
  REQUIRE(top.size() == 10);
  for (const TopNames::Row& row : top) {
    CAPTURE(row.name);
    CHECK(row.name.starts_with("heavy"));
    CHECK(row.counts.all <= truth[row.name].all);
    CHECK(row.counts.abnormal <= truth[row.name].abnormal);
    CHECK(row.counts.all > truth[row.name].all * 9 / 10);
  }
}

TEST_CASE("a long name is cut") {
  TopNames names(4);
  names.add(std::string(100'000, 'x'), true);
  CHECK(names.most_abnormal(1).front().name.size() == TopNames::kLongestName);
}

}  // namespace
}  // namespace lastframe::report
