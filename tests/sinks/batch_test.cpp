#include "sinks/batch.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lastframe::sinks {
namespace {

TEST_CASE(
    "a batch's id depends on its lines, their order and where they end, and on nothing else") {
  using Lines = std::vector<std::string>;
  const std::string id = batch_id(Lines{"a", "bc"});
  CHECK(id.size() == 16);
  CHECK(make_batch({"a", "bc"}) == SinkBatch{id, {"a", "bc"}});
  for (const Lines& other :
       {Lines{"bc", "a"}, Lines{"ab", "c"}, Lines{"a"}, Lines{"a", "bc", ""}, Lines{"a", "bd"}}) {
    CHECK(batch_id(other) != id);
  }
}

TEST_CASE("ids are those of FNV-1a with 64 bits") {
  // draft-eastlake-fnv, the test vectors for "" and "a"
  CHECK(line_id("") == "cbf29ce484222325");
  CHECK(line_id("a") == "af63dc4c8601ec8c");
  CHECK(batch_id({}) == "cbf29ce484222325");
}

}  // namespace
}  // namespace lastframe::sinks
