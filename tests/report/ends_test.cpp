#include "report/ends.h"

#include <doctest/doctest.h>

#include <chrono>

#include "support/log_lines.h"

namespace lastframe::report {
namespace {

using std::chrono::milliseconds;
using test::LogLine;
using test::ParsedLines;

std::optional<verdict::EndFacts> facts_of(const LogLine& line) {
  ParsedLines lines;
  const Record* const record = lines.parse(line.text());
  REQUIRE(record != nullptr);
  return end_facts(*record);
}

TEST_CASE("silences and ages are those at the beginning of the end") {
  LogLine line = test::silent_end(60.02, 100);
  line.lasted = 130;  // the client lingered
  const auto facts = facts_of(line);
  REQUIRE(facts.has_value());
  CHECK(facts->closer == Endpoint::server);
  CHECK_FALSE(facts->code.has_value());
  CHECK_FALSE(facts->was_cut_by_us);
  CHECK(facts->ended - facts->accepted == std::chrono::seconds(100));
  CHECK(facts->finished - facts->accepted == std::chrono::seconds(130));
  CHECK(facts->idle == milliseconds(60020));
}

TEST_CASE("without a byte the silence begins at the handshake's end") {
  LogLine line = test::silent_end(0, 60.5);
  line.handshake = R"({"outcome":"accepted","duration_s":0.5})";
  line.traffic = R"({"client_to_server":{"idle_s":null},"server_to_client":{"idle_s":20}})";
  const auto facts = facts_of(line);
  REQUIRE(facts.has_value());
  CHECK(facts->idle_of[index(Endpoint::client)] == milliseconds(60000));
  CHECK(facts->idle_of[index(Endpoint::server)] == milliseconds(20000));
  CHECK(facts->idle == milliseconds(20000));
}

TEST_CASE("a Close is that of the record, and begins the end") {
  LogLine line;
  line.code = 1005;
  line.frames = R"({"client":{"code":null,"at_s":4},"server":null})";
  const auto facts = facts_of(line);
  REQUIRE(facts.has_value());
  CHECK(facts->closer == Endpoint::client);
  CHECK(facts->code == 1005);
  CHECK(facts->ended - facts->accepted == std::chrono::seconds(4));
}

TEST_CASE("what we ended teaches nothing") {
  LogLine line;
  line.initiator = "proxy";
  CHECK(facts_of(line)->was_cut_by_us);
  line.initiator = "none";
  CHECK(facts_of(line)->was_cut_by_us);
  line = test::silent_end(10);
  line.ends = R"([{"endpoint":"client","how":"proxy_shutdown","at_s":3}])";
  CHECK(facts_of(line)->was_cut_by_us);
  line.frames = R"({"client":null,"server":{"code":1001,"at_s":2}})";
  CHECK_FALSE(facts_of(line)->was_cut_by_us);
}

TEST_CASE("connections that never opened or were sealed have no facts") {
  LogLine line;
  line.event = "handshake_failed";
  CHECK_FALSE(facts_of(line).has_value());
  line = LogLine{};
  line.more = R"(,"sealed":true)";
  CHECK_FALSE(facts_of(line).has_value());
}

TEST_CASE("the largest message towards the closer was taken, or refused with 1009") {
  LogLine line = test::silent_end(1);
  line.traffic =
      R"({"client_to_server":{"message_max":70000},"server_to_client":{"message_max":5}})";
  CHECK(facts_of(line)->accepted_size == 70000);
  CHECK_FALSE(facts_of(line)->refused_size.has_value());
  line.code = 1009;
  line.frames = R"({"client":null,"server":{"code":1009,"at_s":2}})";
  CHECK(facts_of(line)->refused_size == 70000);
  CHECK_FALSE(facts_of(line)->accepted_size.has_value());
}

}  // namespace
}  // namespace lastframe::report
