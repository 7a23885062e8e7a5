// Every cause has a scenario in which it holds, and one that comes near and is something else.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/cause.h"

using namespace lastframe;

namespace {

// The verdicts that a file expects: "idle_timeout", "not idle_timeout".
struct Expected {
  std::vector<std::string> causes;
  std::vector<std::string> others;  // what it must not be
};

Expected expected_by(const std::filesystem::path& path) {
  Expected expected;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kCause = "=> cause ";
    constexpr std::string_view kNot = "not ";
    if (!line.starts_with(kCause)) continue;
    std::string_view what = std::string_view(line).substr(kCause.size());
    const bool is_other = what.starts_with(kNot);
    if (is_other) what.remove_prefix(kNot.size());
    (is_other ? expected.others : expected.causes).emplace_back(what.substr(0, what.find(' ')));
  }
  return expected;
}

std::map<std::string, Expected> scenarios() {
  const auto folder = std::filesystem::path(LASTFRAME_ROOT) / "tests/scenarios/causes";
  std::map<std::string, Expected> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    found.emplace(entry.path().stem().string(), expected_by(entry.path()));
  }
  return found;
}

// "unknown_code_with_words" is about unknown_code, and not about unknown; "": about no cause.
std::string_view cause_of(std::string_view file) {
  std::string_view longest;
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    const std::string_view id = name(static_cast<catalogue::Cause>(i));
    const bool is_about = file == id || (file.starts_with(id) && file[id.size()] == '_');
    if (is_about && id.size() > longest.size()) longest = id;
  }
  return longest;
}

bool is_near_miss(std::string_view file) {
  return file.substr(cause_of(file).size()).starts_with("_not_");
}

bool has(const std::vector<std::string>& causes, std::string_view id) {
  return std::ranges::find(causes, id) != causes.end();
}

}  // namespace

TEST_CASE("every cause has a scenario where it holds, and a near miss where it does not") {
  const auto files = scenarios();
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    const auto cause = static_cast<catalogue::Cause>(i);
    const std::string_view id = name(cause);
    CAPTURE(id);
    const auto counts = [&](bool near_miss) {
      return std::ranges::any_of(files, [&](const auto& file) {
        return cause_of(file.first) == id && is_near_miss(file.first) == near_miss;
      });
    };
    CHECK(counts(false));
    CHECK(counts(true));
  }
}

TEST_CASE("a scenario's name says which cause it expects, or comes near to") {
  const auto files = scenarios();
  REQUIRE(files.size() > 2 * catalogue::kCauseCount);
  for (const auto& [file, expected] : files) {
    CAPTURE(file);
    const std::string_view id = cause_of(file);
    REQUIRE(id != "");
    if (is_near_miss(file)) {
      CHECK(has(expected.others, id));
      CHECK_FALSE(has(expected.causes, id));
      CHECK_FALSE(expected.causes.empty());  // what it is instead
    } else {
      CHECK(has(expected.causes, id));
    }
  }
}
