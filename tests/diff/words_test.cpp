#include "diff/words.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/base/ascii.h"
#include "support/diff_report.h"

namespace lastframe::diff {
namespace {

const Names kNames{"A", "B"};

TEST_CASE("a finding is one sentence that says who, what and where") {
  const Report report = test::sample_diff_report();
  CHECK(sentence(report.pairs[0].comparison.findings[0], kNames) ==
        "The hop between A and B inserted bytes that are no frames: an HTTP/1.1 502 response from "
        "nginx, 66 bytes (server-to-client offset 7 at A).");
}

TEST_CASE("how often it was seen is said, too") {
  Finding finding = finding_of(Kind::ping_dropped);
  finding.count = 3;
  finding.direction = Direction::client_to_server;
  finding.before = {.frame = 2, .offset = 10, .size = 4, .bytes = "ping"};
  CHECK(sentence(finding, kNames) ==
        "The hop between A and B dropped a Ping (frame 2, client-to-server offset 10 at A). "
        "3 times in all.");
  CHECK(place_text(finding.before) == "frame 2, offset 10, 4 bytes: 70 69 6e 67 \"ping\"");
  CHECK(place_text(finding.after).empty());
}

TEST_CASE("each kind has a name and words of its own") {
  std::set<std::string_view> names;
  std::set<std::string_view> words_seen;
  for (const KindRow& line : kKinds) {
    CHECK(names.insert(line.name).second);
    CHECK(words_seen.insert(line.words).second);
    CHECK(std::ranges::all_of(line.name,
                              [](char c) { return is_lower(c) || is_digit(c) || c == '_'; }));
  }
}

TEST_CASE("no byte from the wire reaches a sentence unescaped") {
  for (const PairReport& pair : test::sample_diff_report().pairs) {
    for (const Finding& finding : pair.comparison.findings) {
      for (const std::string& text :
           {sentence(finding, kNames), place_text(finding.before), place_text(finding.after)}) {
        CHECK(std::ranges::all_of(text, is_printable));
      }
    }
  }
}

TEST_CASE("the verdict on all counts them") {
  CHECK(summary_text(test::sample_diff_report()) ==
        "3 connections were found in both captures, 1 corrupted, 1 altered, 1 transparent. What "
        "arrived breaks the protocol.");
  Report partly = test::sample_diff_report();
  partly.severity = Severity::transparent;
  partly.incomplete = 2;
  CHECK(summary_text(partly).ends_with(
      "Nothing that could be compared differs, but not all could be. Parts of 2 connections could "
      "not be compared."));
  CHECK(summary_text({}) == "No connection of one capture was found in the other.");
}

}  // namespace
}  // namespace lastframe::diff
