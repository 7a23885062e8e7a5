// Holds what is said of a scenario against what its file expects, at every split.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "support/scenario.h"
#include "support/scenario_player.h"
#include "support/splits.h"

namespace lastframe::test {

using Records = std::vector<std::vector<std::string>>;

template <typename SplitOf>
Records records_of(const Scenario& scenario, const std::vector<Step>& steps, SplitOf split_of,
                   const Knowledge& knowledge) {
  return play(scenario, steps, split_of, knowledge).records;
}

// An expected line stands for itself, and for lines that say more: "code 1000", "end server fin".
inline bool stands_for(std::string_view expected, std::string_view fact) {
  return fact == expected || (fact.starts_with(expected) && fact[expected.size()] == ' ');
}

// `evidence contains "412 of 430"`, `cause not idle_timeout`, `candidate nginx`, or words that some
// fact begins with.
inline bool is_met(std::string_view expected, const std::vector<std::string>& facts) {
  const std::size_t space = std::min(expected.find(' '), expected.size());
  const std::string word(expected.substr(0, space + 1));
  const std::string_view rest = expected.substr(std::min(space + 1, expected.size()));
  const auto is_one = [&](auto fits) { return std::ranges::any_of(facts, fits); };
  if (word == "cause " && rest.starts_with("not ")) {
    const std::string unwanted = word + std::string(rest.substr(4));
    return is_one([](const std::string& fact) { return fact.starts_with("cause "); }) &&
           !is_one([&](const std::string& fact) { return stands_for(unwanted, fact); });
  }
  const std::size_t contains = expected.find(" contains \"");
  if (contains != std::string_view::npos) {
    const auto wanted = unquoted(expected.substr(contains + 10));
    return wanted && is_one([&](const std::string& fact) {
             return stands_for(expected.substr(0, contains), fact) &&
                    fact.find(*wanted) != std::string::npos;
           });
  }
  return is_one([&](const std::string& fact) {
    return word == "candidate " ? fact.starts_with(expected) : stands_for(expected, fact);
  });
}

inline std::vector<std::string> beginning_with(std::string_view word,
                                               const std::vector<std::string>& lines) {
  std::vector<std::string> result;
  std::ranges::copy_if(lines, std::back_inserter(result), [&](const std::string& line) {
    return line == word || line.starts_with(std::string(word) + " ");
  });
  return result;
}

// Lists are complete and in order where one of their lines is expected; what would be a surprise
// must be expected.
inline void check_list(std::string_view word, bool must_be_expected,
                       const std::vector<std::string>& expected,
                       const std::vector<std::string>& facts) {
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

inline void check_record(const std::vector<std::string>& expected,
                         const std::vector<std::string>& facts) {
  INFO("said:\n", joined(facts));
  for (const std::string& line : expected) {
    CAPTURE(line);
    CHECK(is_met(line, facts));
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
inline std::vector<std::size_t> cut_places(std::size_t size) {
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

inline void check_scenario(const Scenario& scenario, const Knowledge& knowledge = {}) {
  const auto as_they_are = [](std::size_t, std::string_view bytes) { return whole(bytes); };
  const Records records = records_of(scenario, scenario.steps, as_they_are, knowledge);
  REQUIRE(records.size() == scenario.records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    CAPTURE(i);
    check_record(scenario.records[i], records[i]);
  }
  const auto check_same = [&](const Records& others, const std::string& split) {
    CAPTURE(split);
    REQUIRE(others.size() == records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(joined(others[i]) == joined(records[i]));
    }
  };
  const auto steps = in_one_go(scenario.steps);
  check_same(records_of(scenario, steps, as_they_are, knowledge), "in one go");
  for (const std::size_t size : {1, 2, 3, 7}) {
    check_same(records_of(
                   scenario, steps,
                   [&](std::size_t, std::string_view bytes) { return in_parts_of(bytes, size); },
                   knowledge),
               "parts of " + std::to_string(size));
  }
  for (std::size_t cut_step = 0; cut_step < steps.size(); ++cut_step) {
    const auto* say = std::get_if<Say>(&steps[cut_step]);
    if (say == nullptr) continue;
    for (const std::size_t at : cut_places(say->bytes.size())) {
      check_same(records_of(
                     scenario, steps,
                     [&](std::size_t i, std::string_view bytes) {
                       return i == cut_step ? cut_at(bytes, at) : whole(bytes);
                     },
                     knowledge),
                 "step " + std::to_string(cut_step) + " cut at " + std::to_string(at));
    }
  }
}

// Every scenario of a folder under tests/, at every split.
inline void check_scenarios(const std::string& folder, std::size_t at_least,
                            const Knowledge& knowledge = {}) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(LASTFRAME_ROOT) / folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  REQUIRE(files.size() >= at_least);
  for (const auto& path : files) {
    CAPTURE(path.filename().string());
    std::ifstream file(path);
    REQUIRE(file);
    const Scenario scenario = parse_scenario(file);
    REQUIRE(scenario.mistake == "");
    CHECK_FALSE(scenario.steps.empty());
    check_scenario(scenario, knowledge);
  }
}

}  // namespace lastframe::test
