#include "report/tally.h"

#include <doctest/doctest.h>

#include <string>

#include "support/log_lines.h"

namespace lastframe::report {
namespace {

using test::LogLine;
using test::ParsedLines;

TEST_CASE("words are joined to a name and parted again") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"a", "b"}, {"", "b"}, {"a", ""}, {"", ""}, {"a"}}) {
    CHECK(parted(words.size() == 2 ? joined({words[0], words[1]}) : joined({words[0]}),
                 words.size()) == words);
  }
  CHECK(parted("a\x1f"
               "b\x1f"
               "c",
               2) == std::vector<std::string>{"a",
                                              "b\x1f"
                                              "c"});
  CHECK(parted("a", 3) == std::vector<std::string>{"a", "", ""});
}

TEST_CASE("connections are sorted into kinds, and those that call for action are counted") {
  struct Row {
    const char* name;
    LogLine line;
    Kind kind;
    bool is_abnormal;
  };
  LogLine other_code;
  other_code.code = 1011;
  LogLine failed;
  failed.event = "handshake_failed";
  LogLine sealed = test::silent_end(1);
  sealed.more = R"(,"sealed":true)";
  LogLine left = test::silent_end(1);
  left.cause = R"({"id":"client_left","party":"nobody"})";
  LogLine idle_with_1001;
  idle_with_1001.code = 1001;
  idle_with_1001.cause = R"({"id":"idle_timeout","party":"server"})";
  LogLine deploy = idle_with_1001;
  deploy.cause = R"({"id":"server_shutdown","party":"operator"})";
  LogLine without_cause = test::silent_end(1);
  without_cause.cause = "null";
  const Row kRows[] = {{"in order", LogLine{}, Kind::in_order, false},
                       {"1011", other_code, Kind::other_code, true},
                       {"no Close", test::silent_end(60), Kind::unclean, true},
                       {"no Close, no cause", without_cause, Kind::unclean, true},
                       {"refused", failed, Kind::not_opened, true},
                       {"sealed", sealed, Kind::sealed, false},
                       {"a visitor who left", left, Kind::unclean, false},
                       {"1001 of an idle time-out", idle_with_1001, Kind::in_order, true},
                       {"1001 of a deploy", deploy, Kind::in_order, false}};
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    Tally tally;
    ParsedLines lines;
    lines.count(tally, row.line);
    CHECK(tally.kinds[static_cast<std::size_t>(row.kind)] == 1);
    CHECK(sum_of(tally.kinds) == 1);
    CHECK(tally.abnormal == (row.is_abnormal ? 1 : 0));
  }
}

TEST_CASE("names are counted without what differs from connection to connection") {
  Tally tally;
  ParsedLines lines;
  LogLine line = test::silent_end(60);
  for (const char* path : {"/chat?token=[redacted, 3 bytes]", "/chat", "/chat?a"}) {
    line.path = path;
    lines.count(tally, line);
  }
  for (const char* client : {"203.0.113.9:1", "[::1]:80", "unix:", "::1"}) {
    line.client = client;
    line.path = "/other";
    lines.count(tally, line);
  }
  CHECK(tally.paths.most_abnormal(1) == std::vector<TopNames::Row>{{"/other", {4, 4}}});
  CHECK(tally.paths.most_abnormal(2)[1] == TopNames::Row{"/chat", {3, 3}});
  CHECK(tally.clients.most_abnormal(9) ==
        std::vector<TopNames::Row>{
            {"203.0.113.9", {4, 4}}, {"::1", {1, 1}}, {"[::1]", {1, 1}}, {"unix:", {1, 1}}});
}

TEST_CASE("listeners and upstreams are kept apart, up to a limit") {
  Tally tally;
  ParsedLines lines;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < Tally::kMostGroups + 10; ++i) {
      LogLine line;
      line.upstream = std::to_string(i);
      lines.count(tally, line);
    }
  }
  REQUIRE(tally.groups.size() == Tally::kMostGroups);
  CHECK(sum_of(tally.groups.front()->kinds) == 2);
  CHECK(tally.groups.back()->upstream == "(others)");
  CHECK(sum_of(tally.groups.back()->kinds) == 2 * 11);
}

TEST_CASE("mass closes, broken rules, refusals and failures are counted") {
  Tally tally;
  ParsedLines lines;
  tally.add(*lines.parse(
      R"({"event":"mass_close","listener":"l","upstream":"u","closes":40,"began":"b"})"));
  tally.add(*lines.parse(R"({"event":"violation","id":"FR-02","side":"server"})"));
  LogLine line;
  line.event = "handshake_failed";
  line.handshake = R"({"outcome":"rejected","status":403})";
  lines.count(tally, line);
  line.event = "tls_failed";
  line.more = R"(,"tls":{"failure":{"leg":"client","fault":"alert_received"}})";
  lines.count(tally, line);
  line.event = "connect_failed";
  line.more = R"(,"connect_error":"ECONNREFUSED")";
  lines.count(tally, line);
  tally.end_source();
  CHECK(tally.mass_closes == 1);
  CHECK(tally.mass_closed == 40);
  CHECK(tally.largest_mass_closes.front().upstream == "u");
  CHECK(tally.rules.rows() == std::vector<RuleCounts::Row>{{"FR-02", "server", 0, 1}});
  CHECK(parted(tally.handshakes.most_frequent(1).front().name, 2) ==
        std::vector<std::string>{"rejected", "403"});
  CHECK(parted(tally.tls_failures.most_frequent(1).front().name, 3)[1] == "alert_received");
  CHECK(parted(tally.connect_errors.most_frequent(1).front().name, 2)[0] == "ECONNREFUSED");
  CHECK(tally.events[static_cast<std::size_t>(Event::tls_failed)] == 1);
}

}  // namespace
}  // namespace lastframe::report
