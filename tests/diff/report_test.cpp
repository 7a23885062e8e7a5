#include "diff/report.h"

#include <doctest/doctest.h>

#include "diff/words.h"
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

TEST_CASE("pairs that were told already count, and are not shown again") {
  Report report = report_of({}, {}, {}, {});
  const Report told = test::sample_diff_report();
  add_counts(report, told);
  add_counts(report, told);
  CHECK(report.pairs.empty());
  CHECK(report.severity == Severity::corrupted);
  CHECK(report.by_severity == std::array<std::uint64_t, 4>{2, 0, 2, 2});
  REQUIRE(report.kinds.size() == told.kinds.size());
  for (const KindCount& count : report.kinds) {
    CHECK(count.connections == 2);
    CHECK(count.times == 2);
  }
  CHECK(summary_text(report).starts_with("6 connections were found in both captures, "));
}

TEST_CASE("nothing in common is transparent, but for nothing") {
  const Report report = report_of({}, {}, {}, {});
  CHECK(report.pairs.empty());
  CHECK(report.severity == Severity::transparent);
}

}  // namespace
}  // namespace lastframe::diff
