#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "capture/har_sample.h"
#include "capture/replay.h"
#include "support/recording_observer.h"

namespace lastframe::test {
namespace {

using capture::FlawKind;

// What a file comes to in sessions.
struct Replayed {
  explicit Replayed(std::string_view text) {
    session::SessionOptions options{
        .listener = "", .upstream = "", .privacy = {}, .interest = kEverything};
    capture::Replay replay(options, observer);
    const auto reader = capture::make_har_reader(replay);
    reader->feed(as_bytes(text));
    reader->finish();
  }

  std::vector<std::string> messages() const {
    std::vector<std::string> found;
    for (const std::string& event : events()) {
      if (event.starts_with("message ")) found.push_back(event);
    }
    return found;
  }
  // Of a session without a record, they have stayed with the observer.
  const std::vector<std::string>& events() const {
    return observer.records.empty() ? observer.events : observer.records.front();
  }

  RecordingObserver observer;
};

std::string closing(std::string_view close) {
  return har_of(small_har_entry(R"("_wsClose":)" + std::string(close)));
}

TEST_CASE("a browser's HAR is its connections as bytes, and the rest of it is passed over") {
  const LoggingSink sink = read_har(kChromiumHar);
  REQUIRE(sink.lines.size() == 6);
  CHECK(sink.lines[0] == "start 1 browser to [2001:db8::9]:443 at 1772704801000000");
  CHECK(
      sink.lines[1].starts_with("1 +0 client_to_server GET /ws?v=1 HTTP/1.1\r\nHost: "
                                "chat.example\r\nConnection: Upgrade\r\n"));
  CHECK_FALSE(sink.lines[1].contains("Extensions"));
  CHECK(sink.lines[2] ==
        "1 +30500 server_to_client HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  CHECK(sink.lines[3].starts_with("1 +250000 client_to_server \x81\x8E"));
  CHECK(sink.lines[4] == std::string("1 +500000 server_to_client \x82\x03\x00\x01\xFF", 32));
  CHECK(sink.lines[5] == std::string("1 +1750000 server_to_client \x81\x00", 30));
  CHECK(sink.has_flaw(FlawKind::still_open));
  CHECK(sink.has_flaw_of("a HAR has messages only"));
  CHECK(sink.flaws.size() == 2);
}

TEST_CASE("what is read of a HAR does not depend on how it is cut") {
  for (const std::string_view text : {kChromiumHar, kMitmproxyHar}) {
    const LoggingSink expected = read_har(text);
    at_every_split(text, [&](const Split& split) {
      CAPTURE(split.name);
      const LoggingSink sink = read_har(split);
      CHECK(sink.lines == expected.lines);
      CHECK(sink.flaws == expected.flaws);
    });
  }
}

TEST_CASE("times with a zone, messages and addresses of mitmproxy") {
  const LoggingSink sink = read_har(kMitmproxyHar);
  REQUIRE(sink.lines.size() == 5);
  CHECK(sink.lines[0] == "start 1 browser to 203.0.113.9:8443 at 1772704801000250");
  CHECK(sink.lines[2].starts_with("1 +13000 server_to_client HTTP/1.1 101"));
  CHECK(sink.lines[4] == std::string("1 +1999750 server_to_client \x82\x01\xFF"));
}

TEST_CASE("a session of a HAR breaks no rule, and has its messages and its close") {
  std::string text(kChromiumHar);
  text.replace(text.find("\"_priority\""), 0,
               R"("_wsClose":{"code":4001,"reason":"bye","initiator":"server","clean":true},)");
  const Replayed replayed(text);
  REQUIRE(replayed.observer.reports.size() == 1);
  const session::SessionReport& report = replayed.observer.reports.front();
  CHECK(report.kind == session::RecordKind::session_end);
  CHECK(report.violation_count == 0);
  CHECK(report.notes.empty());
  CHECK(static_cast<unsigned>(report.code) == 4001);
  CHECK(report.initiator == session::Initiator::server);
  CHECK(report.clean);
  REQUIRE(report.close_frames[0]);
  CHECK(report.close_frames[1]->reason == "bye");
  CHECK(replayed.messages() ==
        std::vector<std::string>{"message client_to_server 1 text 14 bytes 1 fragments",
                                 "message server_to_client 1 binary 3 bytes 1 fragments",
                                 "message server_to_client 2 text 0 bytes 1 fragments"});
}

TEST_CASE("an entry that says next to nothing opens a session all the same") {
  const Replayed replayed(closing(R"({"code":1006,"initiator":"server","ending":"reset"})"));
  REQUIRE(replayed.observer.reports.size() == 1);
  const session::SessionReport& report = replayed.observer.reports.front();
  CHECK(report.violation_count == 0);
  CHECK(report.kind == session::RecordKind::session_end);
  CHECK(report.ending == session::Ending::reset);
  CHECK(report.initiator == session::Initiator::server);
  CHECK(*report.texts[session::Text::host] == "a.example");
  const LoggingSink sink = read_har(closing(R"({"code":1006})"));
  CHECK(sink.has_flaw_of("Sec-WebSocket-Key of the request"));
  CHECK(sink.has_flaw_of("Connection of the response"));
}

TEST_CASE("where the order of Closes and ends is written down, it is kept") {
  const LoggingSink sink = read_har(closing(
      R"({"code":1000,"initiator":"client","close_frames":{"client":{"code":1000,"reason":"a","at_s":1.5},)"
      R"("server":{"code":null,"reason":"","at_s":1.75}},"stream_ends":[{"endpoint":"server","how":"fin","at_s":2},)"
      R"({"endpoint":"client","how":"reset","at_s":2.5}]})"));
  REQUIRE(sink.lines.size() == 8);
  CHECK(sink.lines[3].starts_with("1 +1500000 client_to_server \x88\x83"));
  CHECK(sink.lines[4] == std::string("1 +1750000 server_to_client \x88\0", 30));
  CHECK(sink.lines[5] == "1 +2000000 server fin");
  CHECK(sink.lines[6] == "1 +2500000 client reset");
  CHECK(sink.lines[7] == "1 +2500000 finished");
}

TEST_CASE("a Close among the messages ends the connection") {
  const LoggingSink sink = read_har(har_of(small_har_entry(
      R"("_webSocketMessages":[{"type":"receive","time":1772704801,"opcode":8,"data":"A+k="}])")));
  CHECK(std::ranges::count(sink.lines, "1 +1000000 finished") == 1);
  CHECK(sink.has_flaw_of("only one side's Close"));
  CHECK_FALSE(sink.has_flaw(FlawKind::still_open));
}

TEST_CASE("a connection that never opened says why") {
  struct Row {
    std::string_view name;
    std::string_view response;
    std::string_view expected;
  };
  const Row rows[] = {
      {"refused", R"("status":0,"_error":"net::ERR_CONNECTION_REFUSED")",
       "1 +0 connect to a.example:80 ECONNREFUSED"},
      {"reset", R"("status":0,"_error":"net::ERR_CONNECTION_RESET")", "1 +0 server reset"},
      {"answered", R"("status":403,"statusText":"No\r\nX: y","content":{"text":"go away"})",
       "1 +0 server_to_client HTTP/1.1 403 No\\x0d\\x0aX: y\r\nContent-Length: 7\r\n\r\ngo away"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const LoggingSink sink =
        read_har(har_of(R"({"startedDateTime":"2026-03-05T10:00:00Z",)"
                        R"("request":{"url":"ws://a.example/s"},"response":{)" +
                        std::string(row.response) + "}}"));
    REQUIRE(sink.lines.size() == 4);
    CHECK(sink.lines[2] == row.expected);
    CHECK(sink.lines[3] == "1 +0 finished");
  }
}

TEST_CASE("text that no reader of JSON takes is mended") {
  const LoggingSink sink =
      read_har(har_of(small_har_entry("\"_webSocketMessages\":[{\"type\":\"receive\",\"data\":"
                                      "\"\\ud800x \xFF \\ud83d\\ude00\"}]")));
  REQUIRE(sink.lines.size() == 4);
  CHECK(sink.lines[3] ==
        "1 +0 server_to_client \x81\x0D\xEF\xBF\xBDx \xEF\xBF\xBD \xF0\x9F\x98\x80");
}

TEST_CASE("a field of a head cannot begin another") {
  const LoggingSink sink = read_har(har_of(
      R"({"request":{"method":"G T","url":"ws://a.example/s p\nX","headers":[{"name":"A","value":"1\r\nB: 2"},)"
      R"({"name":"C: d\r\nE","value":"3"}]},"response":{"status":101}})"));
  REQUIRE(sink.lines.size() == 3);
  CHECK(sink.lines[1].starts_with(
      "1 +0 client_to_server GET /s%20p%0AX HTTP/1.1\r\nHost: a.example\r\nA: 1\r\nA: B: 2\r\n"
      "Upgrade: websocket\r\n"));
}

TEST_CASE("payload that was not kept is missed, and nobody's fault") {
  const Replayed replayed(har_of(small_har_entry(
      R"("_webSocketMessages":[{"type":"send","opcode":1,"data":"","_size":70000,"_isNotKept":true},)"
      R"({"type":"send","opcode":1,"data":"x"}],"_wsClose":{"code":1001,"initiator":"client"})")));
  REQUIRE(replayed.observer.reports.size() == 1);
  CHECK(replayed.observer.reports.front().violation_count == 0);
  CHECK(replayed.messages() ==
        std::vector<std::string>{"message client_to_server 1 text 70000 bytes 1 fragments",
                                 "message client_to_server 2 text 1 bytes 1 fragments"});
}

TEST_CASE("each thing that is wrong with a file is said") {
  struct Row {
    std::string_view name;
    std::string text;
    FlawKind kind;
    std::string_view part;
  };
  const std::string good = small_har_entry("");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const Row rows[] = {
      {"empty", "", FlawKind::cut_off, "last bracket"},
      {"cut in an entry", har_of(good).substr(0, 60), FlawKind::cut_off, "within an entry"},
      {"cut behind an entry", har_of(good + ","), FlawKind::not_understood, "messages only"},
      {"no HAR", R"({"a":{"entries":[]}})", FlawKind::not_understood, "log.entries"},
      {"entries that are none", R"({"log":{"entries":{}}})", FlawKind::not_understood,
       "log.entries"},
      {"broken entry", har_of(R"({"request":{"url":"ws://a" "b"}},)" + good), FlawKind::damaged,
       "byte 30 of the entry: this is not JSON"},
      {"deep entry", har_of(R"({"a":)" + deep + "}," + good), FlawKind::not_understood, "deeper"},
      {"deep elsewhere", R"({"log":{"x":)" + deep + R"(,"entries":[]},"y":)" + deep + "",
       FlawKind::cut_off, "last bracket"},
      {"bad opcode",
       har_of(small_har_entry(R"("_webSocketMessages":[{"type":"send","opcode":1e300}])")),
       FlawKind::not_understood, "opcode"},
      {"bad base64",
       har_of(small_har_entry(R"("_webSocketMessages":[{"type":"send","opcode":2,"data":"!"}])")),
       FlawKind::damaged, "base64"},
      {"bad types",
       har_of(
           R"({"request":{"url":7,"method":[{}],"headers":{"name":1}},"_webSocketMessages":[1,"x",{"type":3,)"
           R"("data":[]},{"type":"send","time":"now"}],"_wsClose":{"code":"x","close_frames":[1]}})"),
       FlawKind::damaged, "4 values of the entry"},
      {"bad time",
       har_of(R"({"startedDateTime":"0001-01-01T00:00:00Z","request":{"url":"ws://a"}})"),
       FlawKind::not_understood, "is no time"},
      {"times go back",
       har_of(small_har_entry(
           R"("_webSocketMessages":[{"type":"send","time":1772704802},{"type":"send","time":1772704801}])")),
       FlawKind::not_understood, "order of their times"},
      {"the browser complains",
       har_of(small_har_entry(
           R"("_webSocketMessages":[{"type":"error","opcode":-1,"data":"Invalid frame header"}])")),
       FlawKind::not_understood, "said \"Invalid frame header\""},
      {"HTTP/2",
       har_of(
           R"({"request":{"method":"CONNECT","url":"wss://a","httpVersion":"h2"},"response":{"status":200}})"),
       FlawKind::not_understood, "another version of HTTP"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const LoggingSink sink = read_har(row.text);
    CAPTURE(joined(sink.flaws));
    CHECK(sink.has_flaw(row.kind));
    CHECK(sink.has_flaw_of(row.part));
  }
}

TEST_CASE("an entry that cannot be read does not take the others with it") {
  for (const std::string& bad :
       {std::string(R"({"request":x})"), std::string("7"), std::string("null"),
        std::string(R"("]")"), R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}"}) {
    CAPTURE(bad);
    const LoggingSink sink = read_har(har_of(bad + " , " + small_har_entry("")));
    CHECK(std::ranges::any_of(sink.lines, [](const std::string& line) {
      return line.starts_with("start 1 browser to a.example:80");
    }));
  }
}

TEST_CASE("a truncated HAR gives a reading at every length") {
  for (std::size_t size = 0; size < kChromiumHar.size(); ++size) {
    CAPTURE(size);
    const LoggingSink sink = read_har(kChromiumHar.substr(0, size));
    CHECK(sink.has_flaw(FlawKind::cut_off));
    CHECK(sink.lines.size() <= 6);
  }
}

}  // namespace
}  // namespace lastframe::test
