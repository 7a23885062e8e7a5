// Runs every file of tests/scenarios at every split.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/scenario.h"
#include "support/scenario_player.h"
#include "support/splits.h"

namespace lastframe::session {
namespace {

using test::in_one_go;
using test::Say;
using test::Scenario;
using Records = std::vector<std::vector<std::string>>;

template <typename SplitOf>
Records records_of(const Scenario& scenario, const std::vector<test::Step>& steps,
                   SplitOf split_of) {
  return test::play(scenario, steps, split_of).records;
}

// An expected line stands for itself, and for lines that say more: "code 1000", "end server fin".
bool stands_for(std::string_view expected, std::string_view fact) {
  return fact == expected || (fact.starts_with(expected) && fact[expected.size()] == ' ');
}

std::vector<std::string> beginning_with(std::string_view word,
                                        const std::vector<std::string>& lines) {
  std::vector<std::string> result;
  std::ranges::copy_if(lines, std::back_inserter(result), [&](const std::string& line) {
    return line == word || line.starts_with(std::string(word) + " ");
  });
  return result;
}

// Lists are complete and in order where one of their lines is expected; what would be a surprise
// must be expected.
void check_list(std::string_view word, bool must_be_expected,
                const std::vector<std::string>& expected, const std::vector<std::string>& facts) {
  CAPTURE(word);
  const auto wanted = beginning_with(word, expected);
  const auto found = beginning_with(word, facts);
  if (wanted.empty() && !must_be_expected) return;
  CHECK(wanted.size() == found.size());
  for (std::size_t i = 0; i < std::min(wanted.size(), found.size()); ++i) {
    CAPTURE(wanted[i]);
    CAPTURE(found[i]);
    CHECK(stands_for(wanted[i], found[i]));
  }
}

void check_record(const std::vector<std::string>& expected, const std::vector<std::string>& facts) {
  INFO("said:\n", test::joined(facts));
  for (const std::string& line : expected) {
    CAPTURE(line);
    CHECK(std::ranges::any_of(facts,
                              [&](const std::string& fact) { return stands_for(line, fact); }));
  }
  for (const std::string_view word : {"end", "message", "frame"}) {
    check_list(word, false, expected, facts);
  }
  for (const std::string_view word : {"opaque", "connect_error", "stray"}) {
    check_list(word, true, expected, facts);
  }
  // A count stands for a list that is too long to be written out.
  if (beginning_with("violations", expected).empty()) {
    check_list("violation", true, expected, facts);
  }
}

// Every place in a byte string; in a long one the places near both ends, where headers stand, and
// some between: each place costs a whole play.
std::vector<std::size_t> cut_places(std::size_t size) {
  constexpr std::size_t kNear = 1024;
  constexpr std::size_t kStride = 509;
  std::vector<std::size_t> places;
  for (std::size_t at = 1; at < size;) {
    places.push_back(at);
    const bool is_between = at >= kNear && at + kNear + kStride < size;
    at += is_between ? kStride : 1;
  }
  return places;
}

void check_scenario(const Scenario& scenario) {
  const auto as_they_are = [](std::size_t, std::string_view bytes) { return test::whole(bytes); };
  const Records records = records_of(scenario, scenario.steps, as_they_are);
  REQUIRE(records.size() == scenario.records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(i);
    check_record(scenario.records[i], records[i]);
  }
  const auto check_same = [&](const Records& others, const std::string& split) {
    CAPTURE(split);
    REQUIRE(others.size() == records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(test::joined(others[i]) == test::joined(records[i]));
    }
  };
  const auto steps = in_one_go(scenario.steps);
  check_same(records_of(scenario, steps, as_they_are), "in one go");
  for (const std::size_t size : {1, 2, 3, 7}) {
    check_same(records_of(scenario, steps,
                          [&](std::size_t, std::string_view bytes) {
                            return test::in_parts_of(bytes, size);
                          }),
               "parts of " + std::to_string(size));
  }
  for (std::size_t cut_step = 0; cut_step < steps.size(); ++cut_step) {
    const auto* say = std::get_if<Say>(&steps[cut_step]);
    if (say == nullptr) continue;
    for (const std::size_t at : cut_places(say->bytes.size())) {
      check_same(records_of(scenario, steps,
                            [&](std::size_t i, std::string_view bytes) {
                              return i == cut_step ? test::cut_at(bytes, at) : test::whole(bytes);
                            }),
                 "step " + std::to_string(cut_step) + " cut at " + std::to_string(at));
    }
  }
}

TEST_CASE("each scenario ends as its file says, however its bytes are cut") {
  const auto folder = std::filesystem::path(LASTFRAME_ROOT) / "tests/scenarios";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  REQUIRE(files.size() >= 40);
  for (const auto& path : files) {
    CAPTURE(path.filename().string());
    std::ifstream file(path);
    REQUIRE(file);
    const Scenario scenario = test::parse_scenario(file);
    REQUIRE(scenario.mistake == "");
    CHECK_FALSE(scenario.steps.empty());
    check_scenario(scenario);
  }
}

}  // namespace
}  // namespace lastframe::session
