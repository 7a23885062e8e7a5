#include "report/summary.h"

#include <doctest/doctest.h>

#include "support/log_lines.h"
#include "support/sample_catalogue.h"

namespace lastframe::report {
namespace {

using test::LogLine;
using test::ParsedLines;

Summary summary_of(const Tally& tally, std::size_t top = 10) {
  static const catalogue::Catalogue rows = test::sample_catalogue();
  return summarise(tally, {}, rows, top);
}

TEST_CASE("closes are judged by how many call for action") {
  struct Row {
    int abnormal;
    int all;
    Judgement judgement;
  };
  for (const Row& row : {Row{0, 0, Judgement::nothing_closed}, Row{0, 5, Judgement::normal},
                         Row{1, 101, Judgement::normal}, Row{1, 100, Judgement::mostly_normal},
                         Row{9, 100, Judgement::mostly_normal}, Row{10, 100, Judgement::not_normal},
                         Row{1, 1, Judgement::not_normal}}) {
    CAPTURE(row.abnormal);
    CAPTURE(row.all);
    Tally tally;
    ParsedLines lines;
    for (int i = 0; i < row.all; ++i) {
      lines.count(tally, i < row.abnormal ? test::silent_end(i) : LogLine{});
    }
    CHECK(summary_of(tally).judgement == row.judgement);
  }
}

TEST_CASE("a cause has the catalogue's words, and the place where most of it is") {
  Tally tally;
  ParsedLines lines;
  LogLine there = test::silent_end(60);
  there.upstream = "there";
  for (int i = 0; i < 3; ++i) lines.count(tally, there);
  lines.count(tally, test::silent_end(60));
  LogLine unknown = test::silent_end(60);
  unknown.cause = R"({"id":"of_a_users_catalogue","party":"server","fix":"Do it."})";
  lines.count(tally, unknown);
  const Summary summary = summary_of(tally);
  REQUIRE(summary.causes.rows.size() == 2);
  const CauseLine& idle = summary.causes.rows[0];
  CHECK(idle.id == "idle_timeout");
  CHECK(idle.party == "hop_behind");
  CHECK(idle.title == "Idle time-out");
  CHECK(idle.fix == "Send a Ping more often.");
  CHECK(idle.count == 4);
  CHECK(idle.upstream == "there");
  CHECK(idle.count_there == 3);
  CHECK(summary.causes.rows[1].title == "");
  CHECK(summary.causes.rows[1].fix == "Do it.");
  REQUIRE(summary.groups.rows.size() == 2);
  CHECK(summary.groups.rows[0].upstream == "there");
  CHECK(summary.groups.rows[0].main_cause == "idle_timeout");
}

TEST_CASE("tables are cut, and say by how much") {
  Tally tally;
  ParsedLines lines;
  for (int i = 0; i < 7; ++i) {
    LogLine line = test::silent_end(60);
    line.path = "/" + std::to_string(i);
    line.cause = R"({"id":"c)" + std::to_string(i) + R"(","party":"server"})";
    line.code = 3000 + i;
    lines.count(tally, line);
  }
  const Summary summary = summary_of(tally, 2);
  CHECK(summary.paths.rows.size() == 2);
  CHECK(summary.paths.more == 5);
  CHECK(summary.causes.rows.size() == 2);
  CHECK(summary.causes.more == 5);
  CHECK(summary.codes.more == 5);
  CHECK(summary_of(tally, 7).paths.more == 0);
}

TEST_CASE("what opened, what was clean and what was not seen is kept apart") {
  Tally tally;
  ParsedLines lines;
  lines.count(tally, LogLine{});
  lines.count(tally, test::silent_end(60));
  LogLine failed;
  failed.event = "connect_failed";
  lines.count(tally, failed);
  LogLine sealed;
  sealed.more = R"(,"sealed":true)";
  lines.count(tally, sealed);
  const Summary summary = summary_of(tally);
  CHECK(summary.connections == 4);
  CHECK(summary.opened == 2);
  CHECK(summary.clean == 1);
}

TEST_CASE("a size that was refused is narrowed by what was taken") {
  Tally tally;
  ParsedLines lines;
  for (const int size : {1000, 60000, 70000, 80000}) {
    LogLine line = test::silent_end(1);
    line.traffic = fmt::format(R"({{"client_to_server":{{"message_max":{}}}}})", size);
    if (size >= 70000) {
      line.code = 1009;
      line.frames = R"({"client":null,"server":{"code":1009,"at_s":2}})";
    }
    lines.count(tally, line);
  }
  const Summary summary = summary_of(tally);
  REQUIRE(summary.sizes.rows.size() == 1);
  CHECK(summary.sizes.rows[0].side == Endpoint::server);
  CHECK(summary.sizes.rows[0].largest_taken == 60000);
  CHECK(summary.sizes.rows[0].smallest_refused == 70000);
  CHECK(summary.sizes.rows[0].refusals == 2);
}

TEST_CASE("rules have their sentences, unknown ones none") {
  Tally tally;
  tally.rules.add_line({"FR-01", "client"});
  tally.rules.add_line({"XX-99", "client"});
  tally.end_source();
  const Summary summary = summary_of(tally);
  REQUIRE(summary.rules.rows.size() == 2);
  CHECK(summary.rules.rows[0].name == "client_frame_unmasked");
  CHECK_FALSE(summary.rules.rows[0].sentence.empty());
  CHECK(summary.rules.rows[1].name == "");
}

}  // namespace
}  // namespace lastframe::report
