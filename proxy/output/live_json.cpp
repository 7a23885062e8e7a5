#include "output/live_json.h"

#include "output/json.h"
#include "output/record_parts.h"

namespace lastframe::output {
namespace {

void append_traffic(JsonWriter& json, const LiveFacts& facts) {
  json.key("traffic").begin_object();
  for (const Direction direction : kDirections) {
    const session::Traffic& traffic = facts.so_far.traffic[index(direction)];
    json.key(name(direction))
        .begin_object()
        .field("bytes", traffic.bytes)
        .field("frames", traffic.frames)
        .field("messages", traffic.messages)
        .field("pending", facts.pending[index(direction)])
        .end_object();
  }
  json.end_object();
}

}  // namespace

std::string live_json(const LiveFacts& facts) {
  const session::SessionReport& report = facts.so_far;
  std::string line;
  JsonWriter json(line);
  json.begin_object().field("state", name(facts.stage));
  append_identity(json, report, "session_live", report.ended);
  json.key("duration_s").seconds(seconds_between(report.accepted, report.ended));
  json.key("idle_s").seconds(std::chrono::duration<double>(facts.idle).count());
  append_request_and_handshake(json, report);
  append_ends(json, report);
  append_violations(json, report);
  append_traffic(json, facts);
  json.end_object();
  return line;
}

std::string ended_json(std::string_view record) {
  std::string line = "{\"state\":\"ended\",";
  line += record.substr(1);
  return line;
}

}  // namespace lastframe::output
