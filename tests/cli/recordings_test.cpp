#include "cli/recordings.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "support/temporary_folder.h"

namespace lastframe::cli {
namespace {

TEST_CASE("nothing is recorded where nobody could ask for it, or where it is off") {
  const auto unasked = Recordings::start({}, false);
  REQUIRE(unasked);
  CHECK_FALSE(unasked->facts());
  CHECK_FALSE(unasked->counts());
  CHECK(unasked->taps().empty());
  sinks::CaptureOptions off;
  off.is_on = false;
  CHECK_FALSE(Recordings::start(off, true)->facts());
}

TEST_CASE("for the admin port alone it is recorded in memory") {
  const auto recordings = Recordings::start({}, true);
  REQUIRE(recordings);
  CHECK(recordings->facts());
  CHECK(recordings->taps().empty());
  CHECK(recordings->counts()->memory_bytes == 0);
  CHECK(recordings->counts()->memory_limit_bytes == 64U * 1024 * 1024);
}

TEST_CASE("with a folder, what is worth it goes there") {
  const test::TemporaryFolder place;
  sinks::CaptureOptions options;
  options.files.folder = place.file("captures");
  const auto recordings = Recordings::start(options, false);
  REQUIRE(recordings);
  CHECK(recordings->taps().size() == 1);
  CHECK(std::filesystem::is_directory(options.files.folder));
  recordings->finish();
}

TEST_CASE("a folder that cannot be is told at the start") {
  sinks::CaptureOptions options;
  options.files.folder = "/dev/null/captures";
  const auto recordings = Recordings::start(options, true);
  REQUIRE_FALSE(recordings);
  CHECK(recordings.error().where.contains("/dev/null/captures"));
}

}  // namespace
}  // namespace lastframe::cli
