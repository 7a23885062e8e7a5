#include "capture/har_entry.h"

#include <doctest/doctest.h>

#include <string>

namespace lastframe::test {
namespace {

using capture::HarEntry;
using capture::read_har_entry;

HarEntry entry_of(std::string_view json) {
  const auto entry = read_har_entry(json);
  REQUIRE(entry);
  return *entry;
}

TEST_CASE("each fact comes from its place, and from no other") {
  const HarEntry entry = entry_of(
      R"({"x":{"request":{"url":"no"}},"request":{"url":"u","method":"m","headers":[{"name":"n","value":"v"},)"
      R"({"value":"w"}],"y":{"url":"no"}},"response":{"status":101,"content":{"text":"t"}},"url":"no",)"
      R"("_webSocketMessages":[{"type":"send","data":"d","time":1.5,"z":{"data":"no"},"opcode":2}],)"
      R"("timings":{"send":1,"wait":2.5},"time":-1})");
  CHECK(entry.url == "u");
  CHECK(entry.method == "m");
  REQUIRE(entry.request_headers.size() == 2);
  CHECK(entry.request_headers[0].name == "n");
  CHECK(entry.request_headers[1].value == "w");
  CHECK(entry.status == 101);
  CHECK(entry.body == "t");
  REQUIRE(entry.messages.size() == 1);
  CHECK(entry.messages[0].data == "d");
  CHECK(*entry.messages[0].time == 1.5);
  CHECK(entry.messages[0].opcode == 2);
  CHECK(entry.wait_ms == 2.5);
  CHECK(entry.odd == 0);
}

TEST_CASE("a close of ours and one as a page sees it") {
  const HarEntry ours = entry_of(
      R"({"_wsClose":{"code":1000,"initiator":"server","clean":true,"ending":"closing_handshake","close_frames":)"
      R"({"client":null,"server":{"code":null,"reason":"r","at_s":2}},"stream_ends":[{"endpoint":"client",)"
      R"("how":"fin","at_s":3}],"cause":{"id":"x","initiator":"no"}}})");
  REQUIRE(ours.close);
  CHECK(*ours.close->code == 1000);
  CHECK(ours.close->initiator == "server");
  CHECK(*ours.close->is_clean);
  CHECK_FALSE(ours.close->frames[0]);
  REQUIRE(ours.close->frames[1]);
  CHECK_FALSE(ours.close->frames[1]->code);
  CHECK(ours.close->frames[1]->reason == "r");
  REQUIRE(ours.close->ends.size() == 1);
  CHECK(ours.close->ends[0].how == "fin");
  const HarEntry page =
      entry_of(R"({"_webSocketClose":{"code":4000,"reason":"q","wasClean":false}})");
  REQUIRE(page.close);
  CHECK(page.close->reason == "q");
  CHECK_FALSE(*page.close->is_clean);
}

TEST_CASE("which entries are of a WebSocket") {
  for (const std::string_view json :
       {R"({"request":{"url":"ws://a"}})", R"({"request":{"url":"WSS://a"}})",
        R"({"_resourceType":"websocket"})", R"({"_webSocketMessages":[]})",
        R"({"request":{"url":"http://a","headers":[{"name":"upgrade","value":"WebSocket"}]}})"}) {
    CAPTURE(json);
    CHECK(is_websocket(entry_of(json)));
  }
  for (const std::string_view json :
       {"{}", "[]", "1", R"({"request":{"url":"http://ws.example/wss://"}})",
        R"({"response":{"status":101},"_resourceType":"fetch"})"}) {
    CAPTURE(json);
    CHECK_FALSE(is_websocket(entry_of(json)));
  }
}

TEST_CASE("lists of a hostile entry take no more memory than their limits") {
  std::string headers;
  for (int i = 0; i < 1002; ++i) headers += i == 0 ? "{}" : ",{}";
  const HarEntry entry =
      entry_of(R"({"request":{"headers":[)" + headers + R"(]},"_wsClose":{"stream_ends":[{},{},)" +
               R"({},{},{},{},{},{},{}]},"_webSocketMessages":[{},{},{}]})");
  CHECK(entry.request_headers.size() == 1000);
  CHECK(entry.close->ends.size() == 8);
  CHECK(entry.messages.empty());
  CHECK(entry.left_out == 3);
  CHECK(entry.odd == 3);
  std::string messages = R"({"_webSocketMessages":[{"type":"send"})";
  for (int i = 0; i < 1'000'000; ++i) messages += R"(,{"type":"send"})";
  const HarEntry full = entry_of(messages + "]}");
  CHECK(full.messages.size() == 1'000'000);
  CHECK(full.left_out == 1);
}

TEST_CASE("surrogates: pairs are kept, halves become U+FFFD, and escaped backslashes begin none") {
  CHECK(entry_of(R"({"startedDateTime":"\ud83d\ude00"})").started == "\xF0\x9F\x98\x80");
  CHECK(entry_of(R"({"startedDateTime":"\ud83d\ude00\ud83d"})").started ==
        "\xF0\x9F\x98\x80\xEF\xBF\xBD");
  CHECK(entry_of(R"({"startedDateTime":"\ude00\\ud83d\ud83d\ud83d\ude00"})").started ==
        "\xEF\xBF\xBD\\ud83d\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

TEST_CASE("what is no JSON is an error that says where") {
  for (const std::string_view json :
       {"", "{", "{]", R"({"a")", R"({"a":1,})", "\"\\u12", "\"\\ud8\xFF\""}) {
    CAPTURE(json);
    const auto entry = read_har_entry(json);
    REQUIRE_FALSE(entry);
    CHECK(to_text(entry.error()).contains("of the entry: this is not JSON"));
  }
}

}  // namespace
}  // namespace lastframe::test
