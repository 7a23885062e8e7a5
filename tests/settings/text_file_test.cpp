#include "settings/text_file.h"

#include <doctest/doctest.h>

#include <string>

#include "support/temporary_file.h"

namespace lastframe::settings {
namespace {

TEST_CASE("a file is read whole, up to its largest size and not beyond") {
  const TemporaryFile file("line\n\xff\n");
  CHECK(read_text_file(file.path(), 100) == "line\n\xff\n");
  CHECK(read_text_file(file.path(), 7) == "line\n\xff\n");
  const auto too_large = read_text_file(file.path(), 6);
  REQUIRE_FALSE(too_large.has_value());
  CHECK(too_large.error().what.contains("more than 6 bytes"));
  CHECK(read_text_file(TemporaryFile("").path(), 0) == "");
}

TEST_CASE("a file that cannot be read is named with the reason") {
  const auto missing = read_text_file("/nonexistent/file", 10);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().what == "\"/nonexistent/file\" cannot be read: No such file or directory");
  const auto folder = read_text_file("/", 10);
  REQUIRE_FALSE(folder.has_value());
  CHECK(folder.error().what == "\"/\" cannot be read: Is a directory");
}

}  // namespace
}  // namespace lastframe::settings
