#include "report/rule_counts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lastframe::report {
namespace {

using Row = RuleCounts::Row;

void add_record(RuleCounts& counts, const std::vector<BrokenRule>& broken) {
  counts.add_record(broken);
}

TEST_CASE("connections and times are counted by rule and side") {
  RuleCounts counts;
  add_record(counts, {{"FR-01", "client"}, {"FR-01", "client"}, {"CL-02", "server"}});
  add_record(counts, {{"FR-01", "client"}});
  add_record(counts, {});
  counts.end_source();
  CHECK(counts.rows() == std::vector<Row>{{"FR-01", "client", 2, 3}, {"CL-02", "server", 1, 1}});
}

TEST_CASE("a broken rule with a line of its own is not counted twice") {
  RuleCounts counts;
  for (int i = 0; i < 40; ++i) counts.add_line({"FR-01", "client"});
  add_record(counts, std::vector<BrokenRule>(32, {"FR-01", "client"}));  // a record lists 32
  counts.end_source();
  // Another file, whose level has no such lines.
  add_record(counts, {{"FR-01", "client"}, {"FR-01", "client"}});
  CHECK(counts.rows() == std::vector<Row>{{"FR-01", "client", 2, 42}});
}

TEST_CASE("there are not more rules than there is room for") {
  RuleCounts counts;
  for (std::size_t i = 0; i < 2 * RuleCounts::kMost; ++i) {
    const std::string id = std::to_string(i);
    counts.add_line({id, "client"});
  }
  CHECK(counts.rows().size() == RuleCounts::kMost);
}

}  // namespace
}  // namespace lastframe::report
