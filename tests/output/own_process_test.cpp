#include "output/own_process.h"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <string_view>

namespace lastframe::output {
namespace {

constexpr std::string_view kSystem = "cpu  1 2 3\nintr 9\nbtime 1700000000\nprocesses 7\n";

// proc(5): pid, name, state, then numbers; utime 14th, stime 15th, starttime 22nd, rss 24th.
std::string stat_of(std::string_view name) {
  return "4242 (" + std::string(name) +
         ") S 1 4242 4242 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 12345 999999 512 1844674407 "
         "0\n";
}

TEST_CASE("CPU, memory and start come from the fields that proc(5) names") {
  for (const std::string_view name : {"lastframe", "a b", "x) S 9 9 9", ""}) {
    CAPTURE(name);
    const std::string stat = stat_of(name);
    const OwnProcess process = from_proc({.stat = stat, .system_stat = kSystem});
    CHECK(process.cpu_s == 3.0);
    CHECK(process.resident_bytes == 512 * 4096);
    CHECK(process.started == 1'700'000'123.45);
  }
}

TEST_CASE("nothing is said of texts that are not as they should be") {
  for (const std::string_view stat : {"", "4242", "4242 (a)", "4242 (a) S 1 2", "(a) S x y z"}) {
    CAPTURE(stat);
    const OwnProcess process = from_proc({.stat = stat, .system_stat = kSystem});
    CHECK_FALSE(process.cpu_s);
    CHECK_FALSE(process.resident_bytes);
    CHECK_FALSE(process.started);
  }
  const std::string stat = stat_of("a");
  const OwnProcess process = from_proc({.stat = stat, .system_stat = "cpu 1\n"});
  CHECK(process.cpu_s);
  CHECK_FALSE(process.started);
}

TEST_CASE("this process has memory, files and a start in the past") {
  const OwnProcess process = own_process();
  REQUIRE(process.cpu_s);
  CHECK(*process.cpu_s >= 0);
  REQUIRE(process.resident_bytes);
  CHECK(*process.resident_bytes > 100'000);
  REQUIRE(process.open_files);
  REQUIRE(process.most_open_files);
  CHECK(*process.open_files <= *process.most_open_files);
  REQUIRE(process.started);
  CHECK(*process.started > 1e9);
  CHECK(*process.started <= static_cast<double>(std::time(nullptr)) + 2);
}

}  // namespace
}  // namespace lastframe::output
