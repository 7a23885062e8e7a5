#include "cli/knowledge.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lastframe::cli {
namespace {

TEST_CASE("a user's file that is not there is told by its name") {
  const std::vector<std::string> files{"/no/such/folder/mine.yaml"};
  const Knowledge loaded = knowledge(files);
  REQUIRE_FALSE(loaded);
  REQUIRE_FALSE(loaded.error().empty());
  CHECK(to_text(loaded.error().front()).contains("/no/such/folder/mine.yaml"));
}

}  // namespace
}  // namespace lastframe::cli
