#include "diff/report.h"

#include <doctest/doctest.h>

#include "support/diff_report.h"

namespace lastframe::diff {
namespace {

TEST_CASE("pairs are counted by severity and kind, the gravest first") {
  const Report report = test::sample_diff_report();
  REQUIRE(report.pairs.size() == 3);
  CHECK(report.severity == Severity::corrupted);
  CHECK(report.by_severity == std::array<std::uint64_t, 4>{1, 0, 1, 1});
  CHECK(report.pairs[0].comparison.severity == Severity::corrupted);
  CHECK(report.pairs[1].comparison.severity == Severity::altered);
  CHECK(report.pairs[2].comparison.findings.empty());
  CHECK(report.only_before.size() == 1);
  CHECK(report.only_after.empty());
  REQUIRE(report.kinds.size() == 2);
  for (const KindCount& count : report.kinds) {
    CHECK(count.connections == 1);
    CHECK(count.times == 1);
  }
}

TEST_CASE("nothing in common is transparent, but for nothing") {
  const Report report = report_of({}, {}, {}, {});
  CHECK(report.pairs.empty());
  CHECK(report.severity == Severity::transparent);
}

}  // namespace
}  // namespace lastframe::diff
