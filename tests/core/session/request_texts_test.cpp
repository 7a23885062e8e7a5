#include "core/session/request_texts.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe::session {
namespace {

Texts texts_of(const std::string& fields, const PrivacyOptions& privacy = {},
               bool is_client_trusted = false, std::string_view target = "/chat") {
  const std::string head = "GET " + std::string(target) + " HTTP/1.1\r\n" + fields + "\r\n";
  const auto request = http::parse_request_head(head);
  REQUIRE(request);
  Texts before;
  before.set(Text::client, "192.0.2.1:1");
  before.set(Text::host, "an earlier request's");
  return request_texts(*request, before, privacy, is_client_trusted);
}

TEST_CASE("a request's own words are taken over, those of the request before are not") {
  const Texts texts = texts_of(
      "Host: chat.example\r\nUser-Agent: demo/1\r\nOrigin: https://app.example\r\nVia: 1.1 "
      "hop\r\n");
  CHECK(texts[Text::client] == "192.0.2.1:1");
  CHECK_FALSE(texts[Text::server]);
  CHECK(texts[Text::host] == "chat.example");
  CHECK(texts[Text::path] == "/chat");
  CHECK(texts[Text::user_agent] == "demo/1");
  CHECK(texts[Text::origin] == "https://app.example");
  CHECK(texts[Text::request_via] == "1.1 hop");
  CHECK_FALSE(texts_of("")[Text::host]);
}

TEST_CASE("no field shows who a URL names as its user") {
  const Texts texts = texts_of(
      "Host: bob:hunter2@chat.example\r\n"
      "Origin: http://bob:hunter2@app.example/?key=hunter2\r\n"
      "User-Agent: bot (+http://bob:hunter2@bot.example)\r\n"
      "Via: 1.1 http://bob:hunter2@hop.example\r\n"
      "X-Forwarded-For: http://bob:hunter2@192.0.2.7\r\n",
      {}, true, "http://bob:hunter2@chat.example/");
  CHECK(texts[Text::host] == "[redacted, 11 bytes]@chat.example");
  CHECK(texts[Text::origin] == "http://[redacted, 11 bytes]@app.example/?key=[redacted, 7 bytes]");
  CHECK(texts[Text::user_agent] == "bot (+http://[redacted, 11 bytes]@bot.example)");
  CHECK(texts[Text::request_via] == "1.1 http://[redacted, 11 bytes]@hop.example");
  CHECK(texts[Text::forwarded_for] == "http://[redacted, 11 bytes]@192.0.2.7");
  CHECK(texts[Text::path] == "http://[redacted, 11 bytes]@chat.example/");
}

TEST_CASE("a trace id is shown in its documented shape only") {
  struct Row {
    std::string_view field;
    std::string_view value;
    std::string_view id;  // empty: nothing is shown
  };
  constexpr auto kRows = std::to_array<Row>({
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
       "4bf92f3577b34da6a3ce929d0e0e4736"},
      {"TraceParent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
       "4bf92f3577b34da6a3ce929d0e0e4736"},
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", ""},
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01", ""},
      {"X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678",
       "1-67891233-abcdef012345678912345678"},
      {"X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7", "80f198ee56343ba864fe8b2a57d3eff7"},
      {"X-B3-TraceId", "80f198ee56343ba8", "80f198ee56343ba8"},
      {"X-B3-TraceId", "80f198ee56343ba", ""},
      {"X-Request-Id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
       "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
      {"X-Request-Id", "my secret", ""},
      {"CF-Ray", "230b030023ae2822-SJC", "230b030023ae2822-SJC"},
      {"CF-Ray", "230b030023ae2822-SJ", ""},
      {"X-Other", "230b030023ae2822", ""},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.field);
    CAPTURE(row.value);
    const Texts texts = texts_of(std::string(row.field) + ": " + std::string(row.value) + "\r\n");
    CHECK(texts[Text::trace_id].value_or("") == row.id);
  }
}

TEST_CASE("the first field that holds a trace id wins") {
  const Texts texts = texts_of("X-B3-TraceId: 80f198ee56343ba8\r\ntraceparent: nonsense\r\n");
  CHECK(texts[Text::trace_id] == "80f198ee56343ba8");
}

TEST_CASE("X-Forwarded-For is believed from a trusted client only") {
  const std::string fields = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7\r\n";
  CHECK_FALSE(texts_of(fields, {}, false)[Text::forwarded_for]);
  CHECK(texts_of(fields, {}, true)[Text::forwarded_for] == "203.0.113.9, 198.51.100.7");
}

TEST_CASE("the user is a hash of what the operator names, and never the value") {
  struct Row {
    UserSource::Kind kind;
    std::string_view name;
    std::string_view target;
    std::string_view fields;
    bool is_found;
  };
  constexpr auto kRows = std::to_array<Row>({
      {UserSource::Kind::header, "X-User", "/", "x-user: ann\r\n", true},
      {UserSource::Kind::header, "X-User", "/", "X-Other: ann\r\n", false},
      {UserSource::Kind::cookie, "user", "/", "Cookie: a=1; user=ann; b=2\r\n", true},
      {UserSource::Kind::cookie, "user", "/", "Cookie: user=ann\r\n", true},
      {UserSource::Kind::cookie, "user", "/", "Cookie: xuser=ann; user\r\n", false},
      {UserSource::Kind::cookie, "user", "/", "", false},
      {UserSource::Kind::query, "user", "/?a=1&user=ann", "", true},
      {UserSource::Kind::query, "user", "/?user=ann&b=2", "", true},
      {UserSource::Kind::query, "user", "/?b=2", "", false},
      {UserSource::Kind::query, "user", "/user=ann", "", false},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.target);
    CAPTURE(row.fields);
    PrivacyOptions privacy;
    privacy.user = UserSource{.kind = row.kind, .name = std::string(row.name)};
    privacy.user_key = "key";
    const Texts texts = texts_of(std::string(row.fields), privacy, false, row.target);
    CHECK(texts[Text::user].has_value() == row.is_found);
    if (row.is_found) CHECK(texts[Text::user] == user_hash("ann", privacy));
  }
}

TEST_CASE("no secret of a request stands in any text") {
  const std::string jwt =
      "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const Texts texts =
      texts_of("Authorization: Bearer " + jwt + "\r\nCookie: s=" + jwt + "\r\nHost: " + jwt +
                   "\r\nUser-Agent: " + jwt + "\r\nOrigin: " + jwt + "\r\nVia: " + jwt +
                   "\r\nX-Forwarded-For: " + jwt + "\r\ntraceparent: " + jwt +
                   "\r\nSec-WebSocket-Protocol: " + jwt + "\r\n",
               {}, true, "/" + jwt + "?token=" + jwt + "&v=4");
  for (int which = 0; which <= static_cast<int>(Text::response_via); ++which) {
    CAPTURE(which);
    const auto text = texts[static_cast<Text>(which)];
    if (text) CHECK(text->find("eyJ") == std::string_view::npos);
  }
}

TEST_CASE("what the answer says is added") {
  Texts texts = texts_of("Via: 1.0 before\r\n");
  const auto response = http::parse_response_head(
      "HTTP/1.1 101 x\r\nServer: demo/2\r\nVia: 1.1 behind\r\nSec-WebSocket-Protocol: mqtt\r\n"
      "Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: b; c=1\r\n\r\n");
  REQUIRE(response);
  note_response_texts(*response, texts);
  CHECK(texts[Text::response_server] == "demo/2");
  CHECK(texts[Text::response_via] == "1.1 behind");
  CHECK(texts[Text::subprotocol] == "mqtt");
  CHECK(texts[Text::extensions] == "a, b; c=1");
  CHECK(texts[Text::request_via] == "1.0 before");
}

}  // namespace
}  // namespace lastframe::session
