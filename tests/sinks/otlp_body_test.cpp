#include "sinks/otlp_body.h"

#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lastframe::sinks {
namespace {

using nlohmann::json;

TEST_CASE("a record is a log record with time, severity, trace and attributes") {
  SinkOptions options;
  options.instance = "host-1";
  const json body = json::parse(otlp_body(
      options,
      make_batch({R"({"event":"session_end","time":"2026-11-20T19:00:01.234567Z",)"
                  R"("request":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"},)"
                  R"("close":{"code":1006,"clean":false},"duration_s":1.5,)"
                  R"("cause":{"summary":"why","candidates":["x"]}})",
                  R"({"event":"mass_close","time":"2026-11-20T19:00:02.000000Z","closes":40,)"
                  R"("summary":"many"})"})));
  CHECK(body == json::parse(R"({"resourceLogs":[{
    "resource":{"attributes":[
      {"key":"service.name","value":{"stringValue":"lastframe"}},
      {"key":"service.instance.id","value":{"stringValue":"host-1"}}]},
    "scopeLogs":[{"scope":{"name":"lastframe"},"logRecords":[
      {"timeUnixNano":"1795201201234567000","severityNumber":13,"severityText":"WARN",
       "body":{"stringValue":"why"},"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","attributes":[
        {"key":"event.name","value":{"stringValue":"session_end"}},
        {"key":"websocket.duration_s","value":{"doubleValue":1.5}},
        {"key":"websocket.request.trace_id",
         "value":{"stringValue":"4bf92f3577b34da6a3ce929d0e0e4736"}},
        {"key":"websocket.close.code","value":{"intValue":"1006"}},
        {"key":"websocket.close.clean","value":{"boolValue":false}},
        {"key":"websocket.cause.summary","value":{"stringValue":"why"}},
        {"key":"websocket.cause.candidates",
         "value":{"arrayValue":{"values":[{"stringValue":"x"}]}}}]},
      {"timeUnixNano":"1795201202000000000","severityNumber":17,"severityText":"ERROR",
       "body":{"stringValue":"many"},"attributes":[
        {"key":"event.name","value":{"stringValue":"mass_close"}},
        {"key":"websocket.closes","value":{"intValue":"40"}},
        {"key":"websocket.summary","value":{"stringValue":"many"}}]}]}]}]})"));
}

TEST_CASE("trace ids of W3C, AWS and B3 become 32 digits, and other ids none") {
  struct Row {
    std::string_view text;
    std::string_view id;
  };
  for (const Row& row : std::to_array<Row>({
           {"4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"},
           {"4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736"},
           {"1-5759e988-bd862e3fe1be46a994272793", "5759e988bd862e3fe1be46a994272793"},
           {"463ac35c9f6413ad", "0000000000000000463ac35c9f6413ad"},
           {"00000000000000000000000000000000", ""},
           {"0000000000000000", ""},
           {"123e4567-e89b-12d3-a456-426614174000", ""},
           {"230b030023ae2822-SJC", ""},
           {"4bf92f3577b34da6a3ce929d0e0e473x", ""},
           {"", ""},
       })) {
    CAPTURE(row.text);
    CHECK(otlp_trace_id(row.text) == row.id);
  }
}

}  // namespace
}  // namespace lastframe::sinks
