#include "report/text_page.h"

#include <doctest/doctest.h>

#include <string>

#include "output/columns.h"
#include "support/log_lines.h"
#include "support/sample_catalogue.h"

namespace lastframe::report {
namespace {

using test::LogLine;
using test::ParsedLines;

std::string page_of(const Tally& tally) {
  const catalogue::Catalogue rows = test::sample_catalogue();
  return text_page(summarise(tally, {}, rows, 10), {rows, catalogue::Language::en},
                   output::Colour::off);
}

Tally sample_tally() {
  Tally tally;
  ParsedLines lines;
  for (int i = 0; i < 30; ++i) {
    LogLine line = test::silent_end(60.0, 100 + 50 * i);
    line.time = fmt::format("2026-11-20T19:{:02}:00Z", i);
    line.violations = R"([{"id":"FR-01","side":"client"}])";
    lines.count(tally, line);
  }
  lines.count(tally, LogLine{});
  tally.end_source();
  return tally;
}

TEST_CASE("what is wrong comes first") {
  const std::string page = page_of(sample_tally());
  CAPTURE(page);
  CHECK(
      page.starts_with("Closes are not normal: 30 of 31 connections (96.8 %) call for action.\n"));
  std::size_t before = 0;
  for (const char* part :
       {"The main cause is idle_timeout", "ended without both Closes", "\nCauses",
        "30 idle_timeout (100 %): Idle time-out", "\nWhere", "\nTime-outs", "60.0 s without a byte",
        "\nOver time", "2026-11-20 19:00", "\nWorst paths", "/chat", "\nBroken rules",
        "FR-01 client_frame_unmasked, client", "\nClose codes", "1006 Abnormal Closure"}) {
    CAPTURE(part);
    const std::size_t at = page.find(part, before);
    CHECK(at != std::string::npos);
    if (at != std::string::npos) before = at;
  }
}

TEST_CASE("lines are no wider than a page") {
  std::string page = page_of(sample_tally());
  for (std::size_t end = page.find('\n'); end != std::string::npos; end = page.find('\n')) {
    CAPTURE(page.substr(0, end));
    CHECK(output::columns(std::string_view(page).substr(0, end)) <= 80);
    page.erase(0, end + 1);
  }
}

TEST_CASE("texts of a log cannot disturb a terminal") {
  Tally tally;
  ParsedLines lines;
  LogLine line = test::silent_end(60);
  line.path = R"(/\u001b[31m\u202e\n<script>)";
  line.agent = R"(\u0007agent)";
  line.listener = R"(l\u001b]0;x)";
  line.cause = R"({"id":"\u001b[2J","party":"\u001b[3J","fix":"\u001b[4J"})";
  lines.count(tally, line);
  const std::string page = page_of(tally);
  CHECK_FALSE(page.contains('\x1b'));
  CHECK_FALSE(page.contains('\x07'));
  CHECK_FALSE(page.contains("\u202e"));
}

}  // namespace
}  // namespace lastframe::report
