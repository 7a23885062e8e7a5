#include "core/base/error.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace lastframe {
namespace {

TEST_CASE("an error reads as where, what, remedy, and leaves out what it does not know") {
  struct Row {
    Error error;
    std::string text;
  };
  const auto rows = std::to_array<Row>({
      {{"a.yaml:3: workers", "\"x\" is no number", "give a number or auto"},
       "a.yaml:3: workers: \"x\" is no number; give a number or auto"},
      {{"", "address in use", "choose another port"}, "address in use; choose another port"},
      {{"--listen", "address in use", ""}, "--listen: address in use"},
      {{"", "address in use", ""}, "address in use"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(to_text(row.error) == row.text);
  }
}

}  // namespace
}  // namespace lastframe
