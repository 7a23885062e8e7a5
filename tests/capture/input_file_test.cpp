#include "capture/input_file.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <string>
#include <utility>

#include "core/base/bytes.h"
#include "support/temporary_folder.h"

namespace lastframe::capture {
namespace {

TEST_CASE("a file is read in parts to its end, and on where it has grown") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.log");
  std::ofstream(path) << "hello";
  auto opened = InputFile::open(path, "log");
  REQUIRE(opened.has_value());
  InputFile file = *std::move(opened);
  CHECK(file.name() == path);
  CHECK(file.size() == 5);
  std::array<std::byte, 3> room;
  CHECK(file.read(room) == 3);
  CHECK(as_text(room) == "hel");
  CHECK(file.read(room) == 2);
  CHECK(file.read(room) == 0);
  std::ofstream(path, std::ios::app) << "!";
  CHECK(file.read(room) == 1);
}

TEST_CASE("what cannot be read says what it is, why, and what to do") {
  const test::TemporaryFolder folder;
  const auto missing = InputFile::open(folder.file("none\n"), "capture");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().where.find('\n') == std::string::npos);
  CHECK(missing.error().what == "this capture cannot be read: No such file or directory");
  CHECK(missing.error().remedy == "look at the spelling of its name");
  auto opened = InputFile::open(folder.file(""), "file");
  REQUIRE(opened.has_value());
  CHECK(opened->size() == 0);
  std::array<std::byte, 3> room;
  const auto count = opened->read(room);
  REQUIRE_FALSE(count.has_value());
  CHECK(count.error().what == "this file cannot be read: Is a directory");
  CHECK(count.error().remedy == "name the files in it");
}

TEST_CASE("a file of somebody else stays open") {
  CHECK(InputFile(0, "standard input", "log").name() == "standard input");
  const auto opened = InputFile::open("-", "log");
  REQUIRE(opened.has_value());
  CHECK(opened->name() == "standard input");
}

}  // namespace
}  // namespace lastframe::capture
