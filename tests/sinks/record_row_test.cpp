#include "sinks/record_row.h"

#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "output/record_json.h"
#include "support/sample_report.h"

namespace lastframe::sinks {
namespace {

using nlohmann::json;

constexpr const char* kLine =
    R"({"event":"session_end","time":"2026-11-20T19:00:01.234567Z","session":"0123456789abcdef",)"
    R"("client":"203.0.113.9:50122","path":"/chat?v=2","request":{"user_agent":"a \"b\""},)"
    R"("close":{"code":1006,"reason":null,"clean":false},"duration_s":61.234567,)"
    R"("cause":{"summary":"why","candidates":["x","y"]},"violations":[]})";

json row(const std::string& line, RecordNames names) {
  std::string out;
  append_row(out, *flatten(line), "host-1", names);
  return json::parse(out);
}

TEST_CASE("in our own names times are numbers, flags are 1 and 0, and nothing is null") {
  CHECK(row(kLine, RecordNames::lastframe) == json::parse(R"({
    "instance":"host-1","event":"session_end","time":1795201201,"time_us":1795201201234567,
    "session":"0123456789abcdef","client_ip":"203.0.113.9","client_port":50122,
    "path":"/chat","query":"v=2","user_agent":"a \"b\"","close_code":1006,"close_clean":0,
    "duration_s":61.234567,"cause_summary":"why","cause_candidates":["x","y"],
    "violations_id":[],"violations_side":[]})"));
}

TEST_CASE("in ECS's names a record is an event of a network") {
  CHECK(row(kLine, RecordNames::ecs) == json::parse(R"({
    "ecs.version":"8.11.0","event.kind":"event","event.dataset":"lastframe.records",
    "event.category":["network"],"event.outcome":"failure","network.protocol":"websocket",
    "log.level":"warn","observer.name":"host-1",
    "event.action":"session_end","@timestamp":"2026-11-20T19:00:01.234567Z",
    "websocket.session.id":"0123456789abcdef","client.address":"203.0.113.9","client.port":50122,
    "url.path":"/chat","url.query":"v=2","user_agent.original":"a \"b\"",
    "websocket.close.code":1006,"websocket.close.clean":false,"websocket.duration_s":61.234567,
    "message":"why","websocket.cause.candidates":["x","y"],
    "websocket.violations.id":[],"websocket.violations.side":[]})"));
}

TEST_CASE("in OpenTelemetry's names too") {
  const json found = row(kLine, RecordNames::opentelemetry);
  CHECK(found["service.instance.id"] == "host-1");
  CHECK(found["event.name"] == "session_end");
  CHECK(found["user_agent.original"] == "a \"b\"");
  CHECK(found["websocket.cause.summary"] == "why");
}

TEST_CASE("how bad an end is follows the log's colours, and worse where somebody is to act") {
  struct Row {
    const char* line;
    Severity severity;
  };
  for (const Row& expected : std::to_array<Row>({
           {R"({"event":"session_end","close":{"code":1000,"clean":true},"violation_count":0})",
            Severity::info},
           {R"({"event":"session_end","close":{"code":1005,"clean":true}})", Severity::info},
           {R"({"event":"session_end","close":{"code":1011,"clean":true}})", Severity::warn},
           {R"({"event":"session_end","close":{"code":1000,"clean":false}})", Severity::warn},
           {R"({"event":"session_end","close":{"code":null,"clean":false},"sealed":true})",
            Severity::warn},
           {R"({"event":"session_end","close":{"code":1000,"clean":true},"violation_count":1})",
            Severity::error},
           {R"({"event":"handshake_failed"})", Severity::warn},
           {R"({"event":"connect_failed"})", Severity::error},
           {R"({"event":"tls_failed"})", Severity::error},
           {R"({"event":"mass_close"})", Severity::error},
           {R"({"event":"violation"})", Severity::warn},
       })) {
    CAPTURE(expected.line);
    CHECK(severity_of(*flatten(expected.line)) == expected.severity);
  }
}

}  // namespace
}  // namespace lastframe::sinks
