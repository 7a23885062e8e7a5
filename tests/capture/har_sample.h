// HAR files as programs write them, and a sink that writes down what it is told of one.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/input_sink.h"
#include "capture/reader.h"
#include "core/base/words.h"
#include "support/splits.h"

namespace lastframe::test {

// As Chromium's DevTools save it: its own fields come first, sorted by name.
inline constexpr std::string_view kChromiumHar = R"({
  "log": {
    "version": "1.2",
    "creator": {"name": "WebInspector", "version": "537.36"},
    "pages": [{"startedDateTime": "2026-03-05T10:00:00.000Z", "id": "page_1", "title": "t \"entries\": [",
               "pageTimings": {"onContentLoad": 12.5, "onLoad": null}}],
    "entries": [
      {"_initiator": {"type": "other"}, "_resourceType": "document", "cache": {}, "connection": "77",
       "request": {"method": "GET", "url": "https://chat.example/", "httpVersion": "h2", "headers": [
         {"name": ":authority", "value": "chat.example"}], "queryString": [], "cookies": [],
         "headersSize": -1, "bodySize": 0},
       "response": {"status": 200, "statusText": "", "httpVersion": "h2", "headers": [], "cookies": [],
         "content": {"size": 6, "mimeType": "text/html", "text": "]}\"\\"}, "redirectURL": "",
         "headersSize": -1, "bodySize": -1, "_transferSize": 60, "_error": null},
       "serverIPAddress": "203.0.113.9", "startedDateTime": "2026-03-05T10:00:00.100Z", "time": 20.5,
       "timings": {"blocked": 1, "dns": -1, "ssl": -1, "connect": -1, "send": 0.1, "wait": 19, "receive": 0.4}},
      {"_initiator": {"type": "script", "stack": {"callFrames": [{"functionName": "", "url": "x"}]}},
       "_priority": null, "_resourceType": "websocket",
       "_webSocketMessages": [
         {"type": "send", "time": 1772704801.25, "opcode": 1, "data": "hello \"\u00e9\ud83d\ude00\""},
         {"type": "receive", "time": 1772704801.5, "opcode": 2, "data": "AAH/"},
         {"type": "receive", "time": 1772704802.75, "opcode": 1, "data": ""}],
       "cache": {}, "connection": "81", "pageref": "page_1",
       "request": {"method": "GET", "url": "wss://chat.example/ws?v=1", "httpVersion": "HTTP/1.1", "headers": [
         {"name": "Host", "value": "chat.example"}, {"name": "Connection", "value": "Upgrade"},
         {"name": "Upgrade", "value": "websocket"}, {"name": "Origin", "value": "https://chat.example"},
         {"name": "Sec-WebSocket-Version", "value": "13"},
         {"name": "Sec-WebSocket-Key", "value": "dGhlIHNhbXBsZSBub25jZQ=="},
         {"name": "Sec-WebSocket-Extensions", "value": "permessage-deflate; client_max_window_bits"}],
         "queryString": [{"name": "v", "value": "1"}], "cookies": [], "headersSize": 500, "bodySize": 0},
       "response": {"status": 101, "statusText": "Switching Protocols", "httpVersion": "HTTP/1.1", "headers": [
         {"name": "Connection", "value": "upgrade"}, {"name": "Upgrade", "value": "websocket"},
         {"name": "Sec-WebSocket-Accept", "value": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
         {"name": "Sec-WebSocket-Extensions", "value": "permessage-deflate"}], "cookies": [],
         "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": 200,
         "bodySize": 0, "_transferSize": 0, "_error": null},
       "serverIPAddress": "[2001:db8::9]", "startedDateTime": "2026-03-05T10:00:01.000Z",
       "time": 2000.0, "timings": {"blocked": -1, "dns": -1, "ssl": -1, "connect": -1, "send": 0, "wait": 30.5,
         "receive": 1969.5}}
    ]
  }
})";

// As mitmproxy's "save.har" writes it.
inline constexpr std::string_view kMitmproxyHar =
    R"({"log": {"version": "1.2", "creator": {"name": "mitmproxy", "version": "10.1.5",
 "comment": ""}, "pages": [], "entries": [{"startedDateTime": "2026-03-05T11:00:01.000250+01:00",
 "time": 30.0, "request": {"method": "GET", "url": "https://chat.example:8443/ws", "httpVersion": "HTTP/1.1",
 "cookies": [], "headers": [{"name": "Host", "value": "chat.example:8443"}, {"name": "Upgrade", "value": "websocket"},
 {"name": "Connection", "value": "Upgrade"}, {"name": "Sec-WebSocket-Version", "value": "13"},
 {"name": "Sec-WebSocket-Key", "value": "dGhlIHNhbXBsZSBub25jZQ=="}], "queryString": [], "headersSize": 300,
 "bodySize": 0}, "response": {"status": 101, "statusText": "Switching Protocols", "httpVersion": "HTTP/1.1",
 "cookies": [], "headers": [{"name": "Upgrade", "value": "websocket"}, {"name": "Connection", "value": "Upgrade"},
 {"name": "Sec-WebSocket-Accept", "value": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}], "content": {"size": 0,
 "compression": 0, "mimeType": ""}, "redirectURL": "", "headersSize": 200, "bodySize": 0}, "cache": {},
 "timings": {"connect": 5.0, "ssl": 10.0, "send": 1.0, "receive": 2.0, "wait": 12.0}, "serverIPAddress": "203.0.113.9",
 "_resourceType": "websocket", "_webSocketMessages": [{"type": "send", "time": 1772704802.0, "opcode": 1,
 "data": "ask"}, {"type": "receive", "time": 1772704803.0, "opcode": 2, "data": "/w=="}]}]}})";

// An entry of a WebSocket with `rest` in it, without anything that is not needed.
inline std::string har_of(std::string_view entries) {
  return R"({"log":{"version":"1.2","entries":[)" + std::string(entries) + "]}}";
}
inline std::string small_har_entry(std::string_view rest) {
  return R"({"startedDateTime":"2026-03-05T10:00:00Z","request":{"method":"GET","url":"ws://a.example/s"},)"
         R"("response":{"status":101})" +
         std::string(rest.empty() ? "" : ",") + std::string(rest) + "}";
}

class LoggingSink final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart& start) override {
    accepted = start.accepted;
    lines.push_back("start " + std::to_string(start.id) + " " + std::string(start.client) + " to " +
                    std::string(start.server) + " at " + microseconds(start.accepted));
    if (start.accepted.time_since_epoch() != start.accepted_wall.time_since_epoch()) {
      lines.emplace_back("two times of one moment");
    }
  }
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    lines.push_back(std::to_string(connection) + " +" + std::to_string((now - accepted).count()) +
                    " " + text(input));
  }
  void on_flaw(const capture::Flaw& flaw) override {
    flaws.push_back((flaw.connection ? std::to_string(*flaw.connection) + " " : "") + flaw.text);
    kinds.push_back(flaw.kind);
  }
  void on_record(std::uint64_t, std::string_view json) override { lines.emplace_back(json); }

  bool has_flaw(capture::FlawKind kind) const {
    return std::ranges::find(kinds, kind) != kinds.end();
  }
  bool has_flaw_of(std::string_view part) const {
    return std::ranges::any_of(flaws, [&](const std::string& flaw) { return flaw.contains(part); });
  }

  Moment accepted{};
  std::vector<std::string> lines;
  std::vector<std::string> flaws;
  std::vector<capture::FlawKind> kinds;

 private:
  static std::string microseconds(Moment at) {
    return std::to_string(at.time_since_epoch().count());
  }
  static std::string text(const session::Input& input) {
    if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      return std::string(name(bytes->direction)) + " " + std::string(as_text(bytes->bytes));
    }
    if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
      return std::string(name(missed->direction)) + " misses " + std::to_string(missed->count);
    }
    if (const auto* end = std::get_if<session::StreamEnded>(&input)) {
      return std::string(name(end->endpoint)) + " " + std::string(session::name(end->how));
    }
    if (const auto* failed = std::get_if<session::ConnectFailed>(&input)) {
      return "connect to " + std::string(failed->address) + " " + std::string(failed->error);
    }
    return std::holds_alternative<session::Finished>(input) ? "finished" : "something else";
  }
};

inline LoggingSink read_har(const Split& split) {
  LoggingSink sink;
  const auto reader = capture::make_har_reader(sink);
  feed_parts(split, [&](std::string_view part) { reader->feed(as_bytes(part)); });
  reader->finish();
  return sink;
}
inline LoggingSink read_har(std::string_view text) { return read_har(whole(text)); }

}  // namespace lastframe::test
