#include "capture/har_writer.h"

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "capture/har_sample.h"
#include "capture/har_shape.h"
#include "support/deflater.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/report_facts.h"

namespace lastframe::test {
namespace {

using capture::HarWriter;
using capture::HarWriterOptions;
using nlohmann::json;
using session::BytesMissed;
using session::BytesRelayed;
using session::Finished;
using session::StreamEnded;
using std::chrono::milliseconds;

constexpr auto kUp = Direction::client_to_server;
constexpr auto kDown = Direction::server_to_client;
// 2026-03-05T10:00:01Z
constexpr Moment kAccepted{std::chrono::seconds(50)};
constexpr WallTime kWall{std::chrono::seconds(1772704801)};

// A writer, what it wrote, and one connection to speak on.
struct Written {
  explicit Written(HarWriterOptions options = {.version = "1.2.3"})
      : writer(std::move(options), [this](std::string_view part) { text += part; }) {}

  void start(std::uint64_t id = 1) {
    writer.on_start({.id = id,
                     .client = "192.0.2.1:5000",
                     .server = "[2001:db8::9]:443",
                     .accepted = kAccepted,
                     .accepted_wall = kWall});
  }
  void say(int ms, const session::Input& input, std::uint64_t id = 1) {
    writer.on_input(id, kAccepted + milliseconds(ms), input);
  }
  void send(int ms, Direction direction, std::string_view bytes) {
    say(ms, BytesRelayed{direction, as_bytes(bytes)});
  }
  void open(std::string_view request = kUpgradeRequest,
            std::string_view response = kAcceptingResponse) {
    start();
    send(1, kUp, request);
    send(3, kDown, response);
  }
  json log() {
    writer.finish();
    const json har = json::parse(text);
    const std::vector<std::string> faults = har_faults(har);
    CAPTURE(joined(faults));
    CHECK(faults.empty());
    return har.at("log");
  }
  json entry() { return log().at("entries").at(0); }

  std::string text;
  HarWriter writer;
};

std::string up(ws::Opcode opcode, std::string_view payload, bool fin = true) {
  return frame(Endpoint::client, opcode, payload, fin);
}
std::string down(ws::Opcode opcode, std::string_view payload, bool fin = true) {
  return frame(Endpoint::server, opcode, payload, fin);
}

TEST_CASE("nothing that was fed is a HAR without entries") {
  Written written;
  const json log = written.log();
  CHECK(log.at("version") == "1.2");
  CHECK(log.at("creator") == json({{"name", "lastframe"}, {"version", "1.2.3"}}));
  CHECK(log.at("pages").empty());
  CHECK(log.at("entries").empty());
}

TEST_CASE("a stream of HTTP/2 is an entry that says so") {
  Written written;
  written.start();
  written.say(1,
              session::HeadRelayed{kUp, "CONNECT /chat?v=1 HTTP/2.0\r\nhost: a.example\r\n\r\n"});
  written.say(3, session::HeadRelayed{kDown, "HTTP/2.0 200\r\nserver: x\r\n\r\n"});
  written.send(10, kDown, down(ws::Opcode::text, "hello"));
  written.say(20, Finished{});
  const json entry = written.entry();
  CHECK(entry.at("request").at("method") == "CONNECT");
  CHECK(entry.at("request").at("url") == "ws://a.example/chat?v=1");
  CHECK(entry.at("request").at("httpVersion") == "http/2.0");
  CHECK(entry.at("response").at("httpVersion") == "http/2.0");
  CHECK(entry.at("response").at("status") == 200);
  CHECK(entry.at("_webSocketMessages").at(0).at("data") == "hello");
}

TEST_CASE("a connection is one entry, with its messages in one piece and its close") {
  Written written;
  written.open();
  written.send(10, kUp, up(ws::Opcode::text, "hel", false));
  written.send(11, kUp, up(ws::Opcode::ping, "between"));
  const std::string rest = up(ws::Opcode::continuation, "lo");
  written.send(12, kUp, rest.substr(0, 3));
  written.send(13, kUp, rest.substr(3));
  written.send(20, kDown, down(ws::Opcode::binary, std::string("\0\x01\xFF", 3)));
  written.send(30, kDown, down(ws::Opcode::text, "a\xFF"));
  written.send(40, kDown, down(ws::Opcode::close, close_payload(4001, "bye")));
  written.send(50, kUp, up(ws::Opcode::close, close_payload(4001)));
  written.say(60, StreamEnded{Endpoint::server, session::EndKind::fin});
  written.say(70, Finished{});
  const json entry = written.entry();
  CHECK(entry.at("startedDateTime") == "2026-03-05T10:00:01.000000Z");
  CHECK(entry.at("time") == 70);
  CHECK(entry.at("_resourceType") == "websocket");
  CHECK(entry.at("serverIPAddress") == "2001:db8::9");
  CHECK(entry.at("request").at("url") == "ws://server.example.com/chat");
  CHECK(entry.at("response").at("status") == 101);
  CHECK(entry.at("timings").at("wait") == doctest::Approx(2));
  const json messages = json::parse(R"([
    {"type":"send","time":1772704801.013,"opcode":1,"data":"hello"},
    {"type":"receive","time":1772704801.02,"opcode":2,"data":"AAH/"},
    {"type":"receive","time":1772704801.03,"opcode":1,"data":"a\ufffd","_isInvalidUtf8":true}])");
  CHECK(entry.at("_webSocketMessages") == messages);
  const json& close = entry.at("_wsClose");
  CHECK(close.at("code") == 4001);
  CHECK(close.at("reason") == "bye");
  CHECK(close.at("initiator") == "server");
  CHECK(close.at("clean") == true);
  CHECK(close.at("stream_ends").at(0).at("how") == "fin");
}

TEST_CASE("what was written reads back as the same bytes of messages and the same end") {
  Written written;
  written.open();
  const std::string binary = down(ws::Opcode::binary, std::string(70'000, '\xFE'));
  written.send(20, kDown, binary);
  written.send(21, kDown, down(ws::Opcode::text, "\xF0\x9F\x98\x80\n\"\\"));
  written.send(40, kUp, up(ws::Opcode::close, close_payload(1001, "away")));
  written.send(50, kDown, down(ws::Opcode::close, ""));
  written.say(60, StreamEnded{Endpoint::client, session::EndKind::reset});
  written.say(70, Finished{});
  written.writer.finish();
  const LoggingSink sink = read_har(written.text);
  CAPTURE(joined(sink.flaws));
  REQUIRE(sink.lines.size() == 9);
  CHECK(sink.lines[0] == "start 1 192.0.2.1:5000 to [2001:db8::9]:443 at 1772704801000000");
  CHECK(sink.lines[1] == "1 +0 client_to_server " + std::string(kUpgradeRequest));
  CHECK(sink.lines[2] == "1 +3000 server_to_client " + std::string(kAcceptingResponse));
  CHECK(sink.lines[3] == "1 +20000 server_to_client " + binary);
  CHECK(sink.lines[4] ==
        "1 +21000 server_to_client " + down(ws::Opcode::text, "\xF0\x9F\x98\x80\n\"\\"));
  CHECK(sink.lines[5].starts_with("1 +40000 client_to_server \x88\x86"));
  CHECK(sink.lines[6] == "1 +50000 server_to_client " + down(ws::Opcode::close, ""));
  CHECK(sink.lines[7] == "1 +60000 client reset");
  CHECK(sink.lines[8] == "1 +70000 finished");
}

TEST_CASE("compressed messages are inflated, with what they refer back to") {
  std::string response(kAcceptingResponse);
  response.insert(response.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  std::string request(kUpgradeRequest);
  request.insert(request.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  Written written;
  written.open(request, response);
  Deflater deflater(15);
  for (int i = 0; i < 2; ++i) {
    const std::string payload = deflater.message("again and again and again");
    ws::FrameHeader header = header_of(Endpoint::server, ws::Opcode::text, payload.size());
    header.rsv = ws::kRsv1;
    written.send(10 + i, kDown, frame(header, payload));
  }
  const json messages = written.entry().at("_webSocketMessages");
  REQUIRE(messages.size() == 2);
  for (const json& message : messages) CHECK(message.at("data") == "again and again and again");
}

TEST_CASE("behind a compressed message that was missed, none that may refer to it is guessed at") {
  std::string response(kAcceptingResponse);
  response.insert(response.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  Written written;
  written.open(kUpgradeRequest, response);
  Deflater deflater(15);
  const std::string_view texts[] = {"one two three four five", "six seven eight nine ten",
                                    "one two three four five"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string payload = deflater.message(texts[i]);
    ws::FrameHeader header = header_of(Endpoint::server, ws::Opcode::text, payload.size());
    header.rsv = ws::kRsv1;
    const bool is_missed = i == 1;
    written.send(10, kDown, is_missed ? encode(header) : frame(header, payload));
    if (is_missed) written.say(10, BytesMissed{.direction = kDown, .count = payload.size()});
  }
  const json messages = written.entry().at("_webSocketMessages");
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].at("data") == texts[0]);
  CHECK(messages[1].at("_isNotKept") == true);
  CHECK(messages[2].at("_isNotKept") == true);
}

TEST_CASE("a record says more of the end than what was seen") {
  Written written;
  written.open();
  written.writer.on_record(
      1, R"({"event":"session_end","close":{"code":1006,"name":"Abnormal Closure","reason":null,)"
         R"("initiator":"server","clean":false,"ending":"fin_without_close"},"close_frames":)"
         R"({"client":null,"server":null},"cause":{"id":"idle_timeout","confidence":"likely",)"
         R"("fix":"send Pings"},"violations":[{"id":"FR-01","frame":3}],"secret":1})");
  written.say(70, Finished{});
  const json entry = written.entry();
  CHECK(entry.at("_wsClose").at("cause") == "idle_timeout");
  CHECK(entry.at("_wsClose").at("confidence") == "likely");
  CHECK(entry.at("_wsClose").at("fix") == "send Pings");
  CHECK(entry.at("_wsClose").at("ending") == "fin_without_close");
  CHECK(entry.at("_wsViolations").at(0).at("id") == "FR-01");
}

TEST_CASE("a record that is no JSON, or is nested without end, is left out") {
  for (const std::string& record : {std::string("{"), std::string("7"), std::string("{\"a\":\xFF}"),
                                    R"({"close":)" + std::string(300'000, '[')}) {
    Written written;
    written.open();
    written.writer.on_record(1, record);
    CHECK_FALSE(written.entry().contains("_wsViolations"));
  }
}

TEST_CASE("payload that was not kept or not seen leaves the size of its message") {
  Written written({.version = "1", .limits = {.message = 10, .connection = 4096, .total = 4096}});
  written.open();
  written.send(10, kDown, down(ws::Opcode::text, "elevenbytes"));
  const std::string half = down(ws::Opcode::text, "abcdefgh");
  written.send(11, kDown, half.substr(0, 4));
  written.say(12, BytesMissed{.direction = kDown, .count = 6});
  written.say(13, BytesMissed{.direction = kDown, .count = 99, .is_frame_next = true});
  written.send(14, kDown, down(ws::Opcode::text, "tenletters"));
  CHECK(written.entry().at("_webSocketMessages") == json::parse(R"([
    {"type":"receive","time":1772704801.01,"opcode":1,"data":"","_size":11,"_isNotKept":true},
    {"type":"receive","time":1772704801.012,"opcode":1,"data":"","_size":8,"_isNotKept":true},
    {"type":"receive","time":1772704801.014,"opcode":1,"data":"tenletters"}])"));
}

TEST_CASE("memory is bounded for each connection, and what is left out is counted") {
  Written written(
      {.version = "1", .limits = {.message = 100, .connection = 2000, .total = 1 << 20}});
  written.open();
  for (int i = 0; i < 100; ++i) written.send(10, kUp, up(ws::Opcode::text, "0123456789"));
  const json entry = written.entry();
  const std::size_t kept = entry.at("_webSocketMessages").size();
  CHECK(kept > 3);
  CHECK(kept < 20);
  CHECK(entry.at("comment").get<std::string>() ==
        std::to_string(100 - kept) + " messages are left out, for there was no room");
}

TEST_CASE("bytes that are no frames end a direction's messages, and it is said where") {
  Written written;
  written.open();
  written.send(10, kDown, down(ws::Opcode::text, "x") + "HTTP/1.1 502 Bad Gateway\r\n");
  written.send(11, kUp, up(ws::Opcode::text, "y"));
  const json entry = written.entry();
  CHECK(entry.at("_webSocketMessages").size() == 2);
  CHECK(entry.at("comment").get<std::string>().contains("the server sent from byte 3"));
}

TEST_CASE("secrets in heads are hidden unless they are asked for") {
  std::string request(kUpgradeRequest);
  request.insert(request.size() - 2, "Cookie: sid=verysecret\r\n");
  request.replace(request.find("/chat"), 5, "/chat?token=verysecret");
  Written hidden;
  hidden.open(request);
  hidden.writer.finish();
  CHECK_FALSE(hidden.text.contains("verysecret"));
  CHECK(hidden.text.contains("dGhlIHNhbXBsZSBub25jZQ=="));
  Written shown({.version = "1", .hides_secrets = false});
  shown.open(request);
  const json entry = shown.entry();
  CHECK(entry.at("request").at("queryString") ==
        json::parse(R"([{"name":"token","value":"verysecret"}])"));
}

TEST_CASE("TLS on the client's side makes a wss URL") {
  Written written;
  written.start();
  const session::TlsLeg leg;
  written.say(0, session::TlsEstablished{.peer = Endpoint::client, .leg = &leg});
  written.send(1, kUp, kUpgradeRequest);
  CHECK(written.entry().at("request").at("url") == "wss://server.example.com/chat");
}

TEST_CASE("only connections that ask for a WebSocket have entries, and refusals are among them") {
  Written written;
  written.start(1);
  written.send(1, kUp, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  written.start(2);
  written.say(1, BytesRelayed{kUp, as_bytes(std::string_view("\x16\x03\x01\x00", 4))}, 2);
  written.start(3);
  written.say(1, BytesRelayed{kUp, as_bytes(kUpgradeRequest)}, 3);
  written.say(
      2,
      BytesRelayed{
          kDown, as_bytes(std::string_view("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))},
      3);
  for (const std::uint64_t id : {1, 2, 3}) written.say(5, Finished{}, id);
  written.say(6, Finished{}, 3);
  CHECK(written.writer.entries() == 1);
  const json entry = written.entry();
  CHECK(entry.at("response").at("status") == 403);
  CHECK(entry.at("_webSocketMessages").empty());
}

TEST_CASE("entries are what they are however the streams are cut") {
  const std::string client = std::string(kUpgradeRequest) + up(ws::Opcode::text, "early") +
                             up(ws::Opcode::close, close_payload(1000, "r"));
  const std::string server = std::string(kAcceptingResponse) + down(ws::Opcode::binary, "abc");
  std::string expected;
  at_every_split(server, [&](const Split& split) {
    CAPTURE(split.name);
    Written written;
    written.start();
    feed_parts(in_parts_of(client, split.parts.front().size() + 1),
               [&](std::string_view part) { written.send(1, kUp, part); });
    feed_parts(split, [&](std::string_view part) {
      if (!part.empty()) written.send(2, kDown, part);
    });
    written.say(3, Finished{});
    written.writer.finish();
    if (expected.empty()) expected = written.text;
    CHECK(written.text == expected);
  });
  CHECK(json::parse(expected).at("log").at("entries").at(0).at("_webSocketMessages").size() == 2);
}

}  // namespace
}  // namespace lastframe::test
