#include "core/verdict/diagnosis.h"

#include <doctest/doctest.h>

using namespace lastframe;

TEST_CASE("a report without any facts has an unknown cause") {
  catalogue::Catalogue rows;
  catalogue::CauseRow row;
  row.id = "unknown";
  rows.causes.push_back(row);
  CHECK(verdict::classify({}, rows).cause == "unknown");
}
