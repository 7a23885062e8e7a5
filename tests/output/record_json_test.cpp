#include "output/record_json.h"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/sample_report.h"

namespace lastframe::output {
namespace {

using nlohmann::json;

// The example of the outside contract, with a value of the right type wherever it may be null.
constexpr std::string_view kContract = R"({
 "event":"session_end","time":"2026-11-20T19:00:01.234567Z","session":"...","listener":"chat",
 "upstream":"chat-a","tap":null,
 "client":"203.0.113.9:50122","server":"10.0.0.7:9000","host":"...","path":"/chat",
 "subprotocol":"...","extensions":"...","duration_s":61.234567,
 "request":{"user_agent":"...","origin":"...","forwarded_for":"...","via":"...","trace_id":"...",
            "user":"..."},
 "handshake":{"outcome":"accepted","status":101,"http_version":"1.1","server":"...","via":"...","duration_s":0.0021},
 "tls":null,
 "close":{"code":1006,"name":"Abnormal Closure","reason":"...","initiator":"server","clean":false,
          "ending":"fin_without_close"},
 "close_frames":{"client":{"code":1000,"reason":"...","frame":7,"at_s":61.2},
                 "server":{"code":1000,"reason":"...","frame":7,"at_s":61.2}},
 "stream_ends":[{"endpoint":"server","how":"fin","at_s":61.23},
                {"endpoint":"client","how":"fin","at_s":61.24}],
 "cause":{"id":"idle_timeout","confidence":"likely","party":"hop_behind","summary":"...",
          "evidence":["..."],"candidates":["..."],"fix":"..."},
 "views":{"wire":"...","browser":"close event 1006, wasClean false","server":"..."},
 "violations":[{"id":"FR-01","rule":"client_frame_unmasked","section":"RFC 6455 section 5.1",
                "severity":"violation","side":"client","frame":3,"offset":412}],
 "violation_count":1,"notes":[],
 "traffic":{"client_to_server":{"bytes":0,"frames":0,"messages":0,"pending_max":0,"stalled_s":0.0,
                                "idle_s":0.0,"message_max":0},
            "server_to_client":{"bytes":0,"frames":0,"messages":0,"pending_max":0,
                                "stalled_s":0.0,"idle_s":0.0,"message_max":0}},
 "transport":{"client":{"rtt_ms":0.3,"retransmits":0,"unacked_bytes":0,"error":null},
              "server":{"rtt_ms":0.3,"retransmits":0,"unacked_bytes":0,"error":"..."}}})";

std::string type_of(const json& value) {
  if (value.is_number_float()) return "fraction";
  if (value.is_number()) return "integer";
  return value.type_name();
}

// Path and type of every leaf; the members of an array share a path.
std::map<std::string, std::string> shape_of(const json& value, const std::string& path = "") {
  std::map<std::string, std::string> shape;
  const auto take = [&](const json& member, const std::string& at) {
    for (const auto& [key, type] : shape_of(member, at)) shape[key] = type;
  };
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) take(member, path + "." + key);
  } else if (value.is_array()) {
    for (const json& member : value) take(member, path + "[]");
    shape[path] = "array";
  } else {
    shape[path] = type_of(value);
  }
  return shape;
}

// Everything that can be there is there.
session::SessionReport diagnosed_report() {
  session::SessionReport report = full_report();
  report.verdict = sample_verdict();
  return report;
}

json parsed(const session::SessionReport& report) {
  const std::string line = record_json(report);
  CHECK_FALSE(line.contains('\n'));
  return json::parse(line);
}

TEST_CASE("the version of HTTP is that of the request, and HTTP/2's error stands with the end") {
  session::SessionReport report = full_report();
  report.stream_ends = {{.endpoint = Endpoint::server,
                         .how = session::EndKind::reset,
                         .at = report.ended,
                         .http2_error = "CANCEL"}};
  for (const auto& [version, text] : {std::pair(10U, "1.0"), {11U, "1.1"}, {20U, "2"}}) {
    report.handshake.http_version = version;
    CHECK(parsed(report)["handshake"]["http_version"] == text);
  }
  CHECK(parsed(report)["stream_ends"][0]["http2_error"] == "CANCEL");
  report.handshake.http_version.reset();
  CHECK(parsed(report)["handshake"]["http_version"].is_null());
}

TEST_CASE("a record has exactly the contract's keys and types") {
  const auto expected = shape_of(json::parse(kContract));
  const auto found = shape_of(parsed(diagnosed_report()));
  for (const auto& [path, type] : expected) {
    CAPTURE(path);
    REQUIRE(found.contains(path));
    CHECK(found.at(path) == type);
  }
  for (const auto& [path, type] : found) {
    CAPTURE(path);
    CHECK(expected.contains(path));
  }
}

std::vector<std::string> ordered_keys(std::string_view text) {
  const auto object = nlohmann::ordered_json::parse(text);
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

TEST_CASE("the keys stand in the contract's order") {
  CHECK(ordered_keys(record_json(full_report())) == ordered_keys(kContract));
  const auto cause_keys = [](std::string_view text) {
    return ordered_keys(nlohmann::ordered_json::parse(text)["cause"].dump());
  };
  CHECK(cause_keys(record_json(diagnosed_report())) == cause_keys(kContract));
}

TEST_CASE("the cause says what the verdict says, and is null without one") {
  const json cause = parsed(diagnosed_report())["cause"];
  CHECK(cause["id"] == "idle_timeout");
  CHECK(cause["confidence"] == "likely");
  CHECK(cause["party"] == "hop_behind");
  CHECK(cause["summary"] == "An idle time-out on the server's side ended the connection.");
  CHECK(cause["evidence"] ==
        json::array({"No byte passed for 60.0 s.", "nginx answered the upgrade."}));
  CHECK(cause["candidates"] == json::array({"lifetime_limit", "server_crashed"}));
  CHECK(cause["fix"] == "Send a Ping more often than that.");
  session::SessionReport bare = full_report();
  CHECK(parsed(bare)["cause"].is_null());
  bare.verdict.emplace();
  CHECK(parsed(bare)["cause"]["evidence"] == json::array());
  CHECK(parsed(bare)["cause"]["candidates"] == json::array());
  CHECK(parsed(bare)["cause"]["confidence"] == "unknown");
}

TEST_CASE("a record says what the report says") {
  const json record = parsed(full_report());
  CHECK(record["event"] == "session_end");
  CHECK(record["time"] == "2026-11-20T19:01:01.234568Z");
  CHECK(record["session"] == "0123456789abcdef");
  CHECK(record["listener"] == "chat");
  CHECK(record["upstream"] == "chat-a");
  CHECK(record["client"] == "203.0.113.9:50122");
  CHECK(record["server"] == "10.0.0.7:9000");
  CHECK(record["path"] == "/chat");
  CHECK(record["duration_s"] == 61.234567);
  CHECK(record["request"]["via"] == "1.1 a");
  CHECK(record["handshake"]["via"] == "1.1 b");
  CHECK(record["handshake"]["server"] == "nginx");
  CHECK(record["handshake"]["duration_s"] == 0.0021);
  CHECK(record["close"]["code"] == 1000);
  CHECK(record["close"]["name"] == "Normal Closure");
  CHECK(record["close"]["reason"] == "bye");
  CHECK(record["close"]["initiator"] == "client");
  CHECK(record["close"]["clean"] == true);
  CHECK(record["close_frames"]["server"]["reason"] == "");
  CHECK(record["close_frames"]["client"]["at_s"] == 61.2);
  CHECK(record["stream_ends"][0]["endpoint"] == "server");
  CHECK(record["stream_ends"][1]["at_s"] == 61.234);
  CHECK(record["violation_count"] == 5);
  CHECK(record["violations"][0]["offset"] == 412);
  CHECK(record["traffic"]["client_to_server"]["bytes"] == 1000);
  CHECK(record["traffic"]["client_to_server"]["stalled_s"] == 1.5);
  CHECK(record["traffic"]["client_to_server"]["idle_s"] == 60.0);
  CHECK(record["traffic"]["server_to_client"]["idle_s"] == 0.25);
  CHECK(record["transport"]["server"]["error"] == "ECONNRESET");
  CHECK(record["transport"]["client"]["unacked_bytes"] == 2);
}

TEST_CASE("what is not known is null, and no key is missing") {
  const json record = parsed(bare_report());
  const json full = parsed(full_report());
  for (const auto& [key, value] : full.items()) {
    CAPTURE(key);
    REQUIRE(record.contains(key));
  }
  for (const char* key : {"tap", "client", "server", "host", "path", "subprotocol", "extensions"}) {
    CAPTURE(key);
    CHECK(record[key].is_null());
  }
  for (const char* group : {"request", "handshake"}) {
    for (const auto& [key, value] : record[group].items()) {
      CAPTURE(key);
      CHECK(value.is_null());
    }
    CHECK(record[group].size() == full[group].size());
  }
  CHECK(record["close"]["reason"].is_null());
  CHECK(record["close"]["code"] == 1006);
  CHECK(record["close_frames"]["client"].is_null());
  CHECK(record["close_frames"]["server"].is_null());
  CHECK(record["stream_ends"] == json::array());
  CHECK(record["violations"] == json::array());
  CHECK(record["transport"]["client"].is_null());
  CHECK(record["duration_s"] == 0.0);
}

TEST_CASE("the largest message is the one that ended, or with 1009 the one that was refused") {
  session::SessionReport report = full_report();
  session::DirectionState& towards_server = report.circumstances->directions[0];
  towards_server.largest_message = 500;
  towards_server.recent = {{.at = {}, .size = 100, .inflated = 900, .is_complete = false},
                           {.at = {}, .size = 60}};
  const auto largest = [&](std::string_view direction) {
    return json::parse(record_json(report))["traffic"][direction]["message_max"];
  };
  CHECK(largest("client_to_server") == 500);
  CHECK(largest("server_to_client") == 0);
  towards_server.largest_inflated = 700;
  CHECK(largest("client_to_server") == 700);
  report.code = ws::CloseCode{1009};
  report.initiator = session::Initiator::server;
  CHECK(largest("client_to_server") == 900);
  report.initiator = session::Initiator::client;  // it is the client's limit then
  CHECK(largest("client_to_server") == 700);
  report.circumstances.reset();
  CHECK(largest("client_to_server").is_null());
}

TEST_CASE("the four kinds of record have one shape") {
  using session::RecordKind;
  const auto names = std::to_array<std::pair<RecordKind, std::string_view>>(
      {{RecordKind::session_end, "session_end"},
       {RecordKind::handshake_failed, "handshake_failed"},
       {RecordKind::tls_failed, "tls_failed"},
       {RecordKind::connect_failed, "connect_failed"}});
  const auto expected = shape_of(parsed(diagnosed_report()));
  for (const auto& [kind, name] : names) {
    session::SessionReport report = diagnosed_report();
    report.kind = kind;
    const json record = parsed(report);
    CHECK(record["event"] == name);
    CHECK(shape_of(record) == expected);
  }
}

TEST_CASE("a Close without a code is null in its frame, and 1005 or 1002 in the record") {
  session::SessionReport report = full_report();
  report.close_frames[0]->code.reset();
  report.close_frames[0]->reason.clear();
  report.code = ws::CloseCode::no_status_received;
  const json record = parsed(report);
  CHECK(record["close_frames"]["client"]["code"].is_null());
  CHECK(record["close"]["code"] == 1005);
  CHECK(record["close"]["name"] == "No Status Received");
  CHECK(record["close"]["reason"] == "");
}

// Nobody can see a Close that passes within TLS: 1006 would say that there was none.
TEST_CASE("a connection that passed sealed has neither code nor name") {
  session::SessionReport report = bare_report();
  report.is_sealed = true;
  const json record = parsed(report);
  CHECK(record["close"]["code"].is_null());
  CHECK(record["close"]["name"].is_null());
  CHECK(record["close"]["reason"].is_null());
  CHECK(record["close"]["ending"] == "fin_without_close");
  CHECK(record["sealed"] == true);
  CHECK_FALSE(parsed(bare_report()).contains("sealed"));
}

TEST_CASE("a reason that is not UTF-8 is shown with U+FFFD, and in hex") {
  session::SessionReport report = full_report();
  report.close_frames[0]->reason = "a\xff";
  const json record = parsed(report);
  CHECK(record["close"]["reason"] == "a\xEF\xBF\xBD");
  CHECK(record["close"]["reason_hex"] == "61ff");
  CHECK(record["close_frames"]["client"]["reason_hex"] == "61ff");
  CHECK_FALSE(record["close_frames"]["server"].contains("reason_hex"));
}

TEST_CASE("a reason that holds a token shows it neither as text nor in hex") {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
  session::SessionReport report = full_report();
  report.close_frames[0]->reason = token;
  CHECK_FALSE(record_json(report).contains(token));
  report.close_frames[0]->reason = "\xff " + token;
  const json record = parsed(report);
  CHECK(record["close"]["reason"].get<std::string>().contains("[redacted"));
  CHECK_FALSE(record["close"].contains("reason_hex"));
}

TEST_CASE("hostile text stays text") {
  const std::string hostile = "\",\"code\":1000,\"x\":\"\n\x1b[2J\xff";
  session::SessionReport report = bare_report();
  report.texts.set(session::Text::path, hostile);
  report.texts.set(session::Text::user_agent, hostile);
  report.close_frames[1] = close_seen(1011, hostile);
  report.connect_error = hostile;
  report.verdict = sample_verdict();
  report.verdict->summary = hostile;
  report.verdict->evidence = {hostile};
  report.verdict->candidates = {hostile};
  report.verdict->fix = hostile;
  const std::string line = record_json(report);
  for (const char byte : line) REQUIRE(static_cast<unsigned char>(byte) >= 0x20);
  const json record = json::parse(line);
  const std::string shown = "\",\"code\":1000,\"x\":\"\n\x1b[2J\xEF\xBF\xBD";
  CHECK(record["path"] == shown);
  CHECK(record["close"]["reason"] == shown);
  CHECK(record["close"]["code"] == 1006);  // as the report says
  for (const char* key : {"summary", "fix"}) CHECK(record["cause"][key] == shown);
  for (const char* key : {"evidence", "candidates"}) {
    CHECK(record["cause"][key] == json::array({shown}));
  }
}

TEST_CASE("a start has the identity, the request and the handshake of a record") {
  const json start = json::parse(start_json(full_report()));
  const json end = parsed(full_report());
  CHECK(start["event"] == "session_start");
  for (const auto& [key, value] : start.items()) {
    if (key == "event") continue;
    CAPTURE(key);
    CHECK(end[key] == value);
  }
  CHECK(start.contains("request"));
  CHECK(start.contains("handshake"));
  CHECK_FALSE(start.contains("close"));
}

TEST_CASE("lines of the talkative levels name session, direction and place") {
  const session::SessionLabel label{.id = 0xAB,
                                    .attempt = 2,
                                    .listener = "chat",
                                    .upstream = "chat-a",
                                    .client = "203.0.113.9:50122",
                                    .accepted_wall = kAcceptedWall,
                                    .accepted = kAccepted};
  const Moment at = kAccepted + std::chrono::seconds(1);
  const session::FrameSeen seen{.direction = Direction::client_to_server,
                                .header = {.fin = true,
                                           .rsv = 4,
                                           .opcode = ws::Opcode::text,
                                           .header_length = 6,
                                           .payload_length = 5,
                                           .masking_key = ws::MaskingKey{}},
                                .frame = 3,
                                .message = 2,
                                .offset = 17};
  json frame = json::parse(frame_json(label, at, seen));
  CHECK(frame["event"] == "frame");
  CHECK(frame["time"] == "2026-11-20T19:00:01.000001Z");
  CHECK(frame["session"] == "00000000000000ab-2");
  CHECK(frame["listener"] == "chat");
  CHECK(frame["direction"] == "client_to_server");
  CHECK(frame["frame"] == 3);
  CHECK(frame["offset"] == 17);
  CHECK(frame["fin"] == true);
  CHECK(frame["rsv"] == 4);
  CHECK(frame["opcode"] == 1);
  CHECK(frame["type"] == "text");
  CHECK(frame["masked"] == true);
  CHECK(frame["length"] == 5);
  CHECK(frame["message"] == 2);
  session::FrameSeen ping = seen;
  ping.message = 0;  // a control frame belongs to none
  CHECK(json::parse(frame_json(label, at, ping))["message"].is_null());

  const json message = json::parse(message_json(label, at,
                                                {.direction = Direction::server_to_client,
                                                 .opcode = ws::Opcode::binary,
                                                 .is_compressed = true,
                                                 .size = 70'000,
                                                 .fragments = 3,
                                                 .message = 4}));
  CHECK(message["event"] == "message");
  CHECK(message["direction"] == "server_to_client");
  CHECK(message["type"] == "binary");
  CHECK(message["length"] == 70'000);
  CHECK(message["fragments"] == 3);
  CHECK(message["compressed"] == true);

  const json violation = json::parse(violation_json(label, at, full_report().violations.front()));
  CHECK(violation["event"] == "violation");
  CHECK(violation["id"] == "FR-01");
  CHECK(violation["rule"] == "client_frame_unmasked");
  CHECK(violation["section"] == "RFC 6455 section 5.1");
  CHECK(violation["severity"] == "violation");
  CHECK(violation["side"] == "client");
}

}  // namespace
}  // namespace lastframe::output
