#include "output/code_label.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lastframe::output {
namespace {

TEST_CASE("of all 65536 codes few become a label of their own") {
  const CodeLabels labels({4408, 4001});
  std::set<std::string> all;
  for (unsigned code = 0; code <= 65'535; ++code) {
    const std::string label = labels.of(static_cast<std::uint16_t>(code));
    const bool is_literal = (code >= 1000 && code <= 1015) || code == 3000 || code == 3003 ||
                            code == 3008 || code == 4001 || code == 4408;
    const std::string folded = code >= 3000 && code <= 3999   ? "3xxx"
                               : code >= 4000 && code <= 4999 ? "4xxx"
                                                              : "other";
    CAPTURE(code);
    REQUIRE(label == (is_literal ? std::to_string(code) : folded));
    all.insert(label);
  }
  CHECK(all.size() == 16 + 3 + 2 + 3);
}

TEST_CASE("with as many listed codes as may be, the labels are still few") {
  std::vector<std::uint16_t> listed;
  for (std::uint16_t i = 0; i < kMostListedCodes; ++i) listed.push_back(4000 + i);
  const CodeLabels labels(listed);
  std::set<std::string> all;
  for (unsigned code = 0; code <= 65'535; ++code) {
    all.insert(labels.of(static_cast<std::uint16_t>(code)));
  }
  CHECK(all.size() == 16 + 3 + 3 + kMostListedCodes);
}

}  // namespace
}  // namespace lastframe::output
