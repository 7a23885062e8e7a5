#include "report/record_parser.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "support/log_lines.h"

namespace lastframe::report {
namespace {

using test::LogLine;
using test::ParsedLines;

TEST_CASE("a record of a connection is read") {
  ParsedLines lines;
  LogLine line;
  line.cause = R"({"id":"idle_timeout","confidence":"likely","party":"hop_behind","fix":"Ping."})";
  line.violations = R"([{"id":"FR-01","side":"client"},{"id":"CL-02","side":"server"}])";
  line.traffic =
      R"({"client_to_server":{"idle_s":60.5},"server_to_client":{"idle_s":null,"message_max":70000}})";
  line.more = R"(,"sealed":true,"tls":{"failure":{"leg":"server","fault":"reset"}})";
  const Record* const record = lines.parse(line.text());
  REQUIRE(record != nullptr);
  CHECK(record->event == Event::session_end);
  CHECK(record->time == WallTime(std::chrono::seconds(1795201200)));  // date -u -d ... +%s
  CHECK(record->listener == "chat");
  CHECK(record->upstream == "10.0.0.7:9000");
  CHECK(record->client == "203.0.113.9:50122");
  CHECK(record->path == "/chat");
  CHECK(record->user_agent == "Mozilla");
  CHECK(record->lasted == 10);
  CHECK(record->outcome == "accepted");
  CHECK(record->status == 101);
  CHECK(record->handshake_lasted == 0.002);
  CHECK(record->close == CloseRead{1000, "client", "closing_handshake", true, true});
  CHECK(record->close_at == std::array{std::optional(10.0), std::optional(10.0)});
  CHECK(record->first_end_at == 10);
  CHECK(record->first_end_how == "fin");
  CHECK(record->cause == CauseSeen{"idle_timeout", "hop_behind", "Ping."});
  CHECK(record->broken == std::vector<BrokenRule>{{"FR-01", "client"}, {"CL-02", "server"}});
  CHECK(record->idle == std::array{std::optional(60.5), std::optional<double>()});
  CHECK_FALSE(record->largest_message[0].has_value());
  CHECK(record->largest_message[1] == 70000);
  CHECK(record->is_sealed);
  CHECK(record->tls_leg == "server");
  CHECK(record->tls_fault == "reset");
}

TEST_CASE("lines of other events are read, and nothing of the line before stays") {
  ParsedLines lines;
  REQUIRE(lines.parse(LogLine{}.text()) != nullptr);
  const Record* record = lines.parse(R"({"event":"violation","id":"FR-02","side":"server"})");
  REQUIRE(record != nullptr);
  CHECK(record->event == Event::violation);
  CHECK(record->broken == std::vector<BrokenRule>{{"FR-02", "server"}});
  CHECK(record->path == "");
  CHECK_FALSE(record->close.code.has_value());
  record = lines.parse(
      R"({"event":"mass_close","began":"b","duration_s":0.5,"closes":40,"summary":"s"})");
  REQUIRE(record != nullptr);
  CHECK(record->mass == MassCloseRead{"b", "s", 40, 0.5});
  CHECK(record->broken.empty());
  CHECK(lines.parse(R"({"event":"of_a_later_version","id":7})")->event == Event::other);
}

TEST_CASE("what is no JSON object with an event is no record") {
  ParsedLines lines;
  for (const std::string_view text : std::to_array<std::string_view>(
           {"", "x", "[]", "{}", "null", "12", R"("event")", R"({"event":null})", R"({"event":1})",
            R"({"time":"2026-11-20T19:00:00Z"})", R"({"event":"frame")", R"({"event":"frame"}})",
            R"({"event":"frame"} x)", R"({"event":"frame",})", R"({"event" "frame"})",
            "{\"event\":\"frame\",\"a\":\"\xff\"}", R"({"event":"frame","close":{"code":1]})"})) {
    CAPTURE(text);
    CHECK(lines.parse(text) == nullptr);
  }
}

TEST_CASE("each record that is cut anywhere is none") {
  ParsedLines lines;
  const std::string text = LogLine{}.text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    CHECK(lines.parse(std::string_view(text).substr(0, size)) == nullptr);
  }
}

TEST_CASE("values of other types and numbers beyond reason are as if they were not there") {
  ParsedLines lines;
  for (const std::string_view value : std::to_array<std::string_view>(
           {"null", "true", "{}", "[]", R"({"a":[1,{"b":2}]})", "[[1],2]", "-1", "1e999", "-0.5",
            "184467440737095516160", "1e300", R"("x")"})) {
    CAPTURE(value);
    const std::string v(value);
    const Record* const record =
        lines.parse(R"({"event":"session_end","duration_s":)" + v + R"(,"close":{"code":)" + v +
                    R"(,"clean":)" + v + R"(},"handshake":{"status":)" + v +
                    R"(},"traffic":{"client_to_server":)" + v +
                    R"(,"server_to_client":{"idle_s":)" + v + R"(}},"stream_ends":)" + v +
                    R"(,"violations":)" + v + R"(,"cause":)" + v + R"(,"path":"/p"})");
    REQUIRE(record != nullptr);
    CHECK(record->path == "/p");
    CHECK_FALSE(record->lasted.has_value());
    CHECK_FALSE(record->close.code.has_value());
    CHECK_FALSE(record->status.has_value());
    CHECK_FALSE(record->idle[1].has_value());
    CHECK_FALSE(record->cause.has_value());
    CHECK(record->broken.empty());
  }
  CHECK_FALSE(lines.parse(R"({"event":"session_end","close":{"code":65536}})")->close.code);
}

}  // namespace
}  // namespace lastframe::report
