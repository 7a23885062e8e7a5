#include "report/words.h"

#include <doctest/doctest.h>

#include "support/sample_catalogue.h"

namespace lastframe::report {
namespace {

TEST_CASE("numbers and shares are said for people") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(999) == "999");
  CHECK(number_text(1000) == "1,000");
  CHECK(number_text(1234567) == "1,234,567");
  CHECK(share_text(0, 0) == "0 %");
  CHECK(share_text(0, 5) == "0 %");
  CHECK(share_text(5, 5) == "100 %");
  CHECK(share_text(1, 3) == "33.3 %");
  CHECK(share_text(1, 100'000) == "< 0.1 %");
  CHECK(share_text(99'999, 100'000) == "> 99.9 %");
  CHECK(count_text(1, "file") == "1 file");
  CHECK(count_text(2, "file") == "2 files");
  CHECK(place_text("chat", "10.0.0.7:9000") == "chat to 10.0.0.7:9000");
  CHECK(place_text("", "u") == "u");
  CHECK(place_text("l", "") == "l");
}

TEST_CASE("a cluster says how long, who ended and how") {
  TimeCluster cluster{.measure = Measure::idle,
                      .closer = Endpoint::server,
                      .code = std::nullopt,
                      .count = 2,
                      .of = 2,
                      .sum = 120,
                      .lowest = 59.96,
                      .highest = 60.04,
                      .first = {},
                      .last = {}};
  CHECK(cluster_text(cluster) ==
        "60.0 s without a byte, ended by the server's side without a Close");
  cluster.highest = 60.4;
  cluster.code = 1001;
  cluster.measure = Measure::idle_of_other;
  CHECK(cluster_text(cluster) ==
        "60.0 s to 60.4 s without a byte from the client, ended by the server's side with Close "
        "1001");
  cluster.measure = Measure::idle_of_closer;
  CHECK(cluster_text(cluster).contains("without a byte from the server,"));
  cluster.measure = Measure::age;
  CHECK(cluster_text(cluster).contains("60.4 s old,"));
}

TEST_CASE("the first lines say whether closes are normal, and if not, why") {
  const catalogue::Catalogue rows = test::sample_catalogue();
  const output::Wording wording(rows, catalogue::Language::en);
  Summary summary;
  summary.judgement = Judgement::nothing_closed;
  CHECK(headline(summary) == "No connection ended in these logs.");
  CHECK(main_cause_text(summary, wording) == "");
  summary.judgement = Judgement::normal;
  summary.connections = 1;
  CHECK(headline(summary) == "Closes are normal: none of 1 connection calls for action.");
  summary.judgement = Judgement::not_normal;
  summary.connections = 1000;
  summary.abnormal = 412;
  CHECK(headline(summary) ==
        "Closes are not normal: 412 of 1,000 connections (41.2 %) call for action.");
  CauseLine cause;
  cause.id = "idle_timeout";
  cause.party = "server";
  cause.title = "Idle time-out";
  cause.fix = "Ping.";
  cause.count = 309;
  summary.causes.rows.push_back(cause);
  CHECK(
      main_cause_text(summary, wording) ==
      "The main cause is idle_timeout (Idle time-out, 75.0 % of these): server has to act. Ping.");
  summary.causes.rows[0].party = "unknown";
  CHECK(main_cause_text(summary, wording) ==
        "The main cause is idle_timeout (Idle time-out, 75.0 % of these). Ping.");
}

TEST_CASE("what was read and what is left out is said") {
  Inputs inputs;
  inputs.files = {"a", "b"};
  inputs.lines = 1204;
  inputs.bytes = 900;
  CHECK(inputs_text(inputs) == "2 files, 1,204 lines, 900 bytes");
  inputs.damaged = 1;
  inputs.cut = 2;
  CHECK(inputs_text(inputs) ==
        "2 files, 1,204 lines, 900 bytes; 1 line is no record; 2 files stop within a line");
  CHECK(rest_text(0, 0) == "");
  CHECK(rest_text(3, 0) == "and 3 more");
  CHECK(rest_text(0, 7) == "7 abnormal of names too rare to be kept");
  CHECK(rest_text(3, 7) == "and 3 more; 7 abnormal of names too rare to be kept");
  CHECK(shown_time("2026-11-20T19:00:01.5Z") == "2026-11-20 19:00:01");
  CHECK(shown_time("x") == "x");
  Summary summary;
  CHECK(span_text(summary) == "");
  summary.first = WallTime{};
  summary.last = WallTime(std::chrono::seconds(60));
  CHECK(span_text(summary) == "1970-01-01 00:00:00 to 1970-01-01 00:01:00 UTC, 60.0 s");
  summary.clean = 1;
  summary.opened = 4;
  CHECK(clean_text(summary) == "1 of 4 that opened closed with both Closes, 25.0 %");
}

}  // namespace
}  // namespace lastframe::report
