#include "sinks/body.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lastframe::sinks {
namespace {

using nlohmann::json;

constexpr const char* kEnd =
    R"({"event":"session_end","time":"2026-11-20T19:00:01.234567Z","session":"00000000000000aa",)"
    R"("listener":"chat","close":{"code":1000,"clean":true},"request":{"trace_id":)"
    R"("4bf92f3577b34da6a3ce929d0e0e4736"},"cause":{"id":"normal","summary":"why"},)"
    R"("duration_s":1.500000,"stream_ends":[{"endpoint":"client","how":"fin","at_s":1.5}]})";
constexpr const char* kFailed =
    R"({"event":"connect_failed","time":"2026-11-20T19:00:02.000000Z","session":"00000000000000bb",)"
    R"("listener":"chat"})";

SinkOptions options(SinkFormat format, RecordNames names = RecordNames::lastframe) {
  SinkOptions made;
  made.url = "http://h/?a={batch}&b={batch}";
  made.instance = "host-1";
  made.format = format;
  made.names = names;
  return made;
}

std::string body(SinkFormat format, RecordNames names = RecordNames::lastframe) {
  return compose(options(format, names), make_batch({kEnd, kFailed})).text;
}

TEST_CASE("JSON lines are the log's own, with the instance behind") {
  const std::string text = body(SinkFormat::json_lines);
  const std::string end(kEnd);
  const std::string failed(kFailed);
  CHECK(text == end.substr(0, end.size() - 1) + ",\"instance\":\"host-1\"}\n" +
                    failed.substr(0, failed.size() - 1) + ",\"instance\":\"host-1\"}\n");
  const std::string other = body(SinkFormat::json_lines, RecordNames::ecs);
  CHECK(json::parse(other.substr(0, other.find('\n')))["event.action"] == "session_end");
}

TEST_CASE("ClickHouse gets a row for each record") {
  const std::string text = body(SinkFormat::clickhouse);
  const std::size_t end = text.find('\n');
  CHECK(json::parse(text.substr(end)) ==
        json::parse(R"({"instance":"host-1","event":"connect_failed","time":1795201202,)"
                    R"("time_us":1795201202000000,"session":"00000000000000bb",)"
                    R"("listener":"chat"})"));
  CHECK(json::parse(text.substr(0, end))["close_clean"] == 1);
}

TEST_CASE("Elasticsearch gets an action before each document, whose id is made of the record") {
  const std::string text = body(SinkFormat::elasticsearch, RecordNames::ecs);
  CHECK(text == body(SinkFormat::elasticsearch, RecordNames::ecs));
  std::vector<json> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    lines.push_back(json::parse(text.substr(at, text.find('\n', at) - at)));
  }
  REQUIRE(lines.size() == 4);
  const std::string id = lines[0]["create"]["_id"];
  CHECK(id.starts_with("00000000000000aa-"));
  CHECK(id.size() == 33);
  CHECK(lines[1]["event.action"] == "session_end");
  CHECK(lines[2]["create"]["_id"].get<std::string>().starts_with("00000000000000bb-"));
  CHECK(lines[3]["@timestamp"] == "2026-11-20T19:00:02.000000Z");
  CHECK(text.ends_with('\n'));
}

TEST_CASE("Loki and OTLP get one document") {
  CHECK(json::parse(body(SinkFormat::loki)).contains("streams"));
  CHECK(json::parse(body(SinkFormat::otlp)).contains("resourceLogs"));
  CHECK(compose(options(SinkFormat::loki), make_batch({kEnd})).content_type == "application/json");
}

TEST_CASE("the batch's id stands wherever the url asks for it") {
  const SinkBatch batch = make_batch({kEnd});
  CHECK(url_for(options(SinkFormat::clickhouse), batch) ==
        "http://h/?a=" + batch.id + "&b=" + batch.id);
}

}  // namespace
}  // namespace lastframe::sinks
