#include "sinks/loki_body.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace lastframe::sinks {
namespace {

using nlohmann::json;

constexpr const char* kEnd =
    R"({"event":"session_end","time":"2026-11-20T19:00:01.234567Z","listener":"chat",)"
    R"("path":"/from the \"wire\"","close":{"code":1000,"clean":true}})";
constexpr const char* kOther =
    R"({"event":"session_end","time":"2026-11-20T19:00:03.000000Z","listener":"chat",)"
    R"("close":{"code":1006,"clean":false}})";

TEST_CASE("records stand in streams by event, listener and level; times are nanoseconds") {
  SinkOptions options;
  options.instance = "host-1";
  const json body = json::parse(loki_body(options, make_batch({kEnd, kOther, kEnd})));
  const auto labels = [](const char* level) {
    return json{{"service_name", "lastframe"},
                {"instance", "host-1"},
                {"event", "session_end"},
                {"listener", "chat"},
                {"level", level}};
  };
  const auto entry = [](const char* time, const char* line) { return json::array({time, line}); };
  const json first{{"stream", labels("info")},
                   {"values", json::array({entry("1795201201234567000", kEnd),
                                           entry("1795201201234567000", kEnd)})}};
  const json second{{"stream", labels("warn")},
                    {"values", json::array({entry("1795201203000000000", kOther)})}};
  const json expected{{"streams", json::array({first, second})}};
  CHECK(body == expected);
}

TEST_CASE("in other names the line is a flat object") {
  SinkOptions options;
  options.names = RecordNames::opentelemetry;
  const json body = json::parse(loki_body(options, make_batch({kOther})));
  const json line = json::parse(body["streams"][0]["values"][0][1].get<std::string>());
  CHECK(line["websocket.close.code"] == 1006);
}

}  // namespace
}  // namespace lastframe::sinks
