#include "core/session/text_watch.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a member's value is read where JSON has a member of that name") {
  struct Row {
    std::string_view text;
    std::optional<std::string> value;
  };
  const std::vector<Row> rows{
      {R"({"type":"disconnect","reason":"unauthorized"})", "unauthorized"},
      {R"({ "reason" : "a b" , "x":1})", "a b"},
      {R"({"a":{"reason":"deep"}})", "deep"},
      {R"([null,"x",{"reason":"in a list"}])", "in a list"},
      {R"({"reason":"say \"no\" \\ \/ \u0041\u00e9\u7db2\n"})", "say \"no\" \\ / Aé網\n"},
      {R"({"reason":"\ud83d\ude00"})", "??"},
      {R"({"reason":""})", ""},
      {R"({"reason":4001})", "4001"},
      {R"({"reason":false,"x":1})", "false"},
      {R"({"reason":{"code":1}})", ""},
      {R"({"reason":["a"]})", ""},
      // Within a string it is no member, nor is a string that has no value.
      {R"({"x":"\"reason\":\"no\"","reason":"yes"})", "yes"},
      {R"({"x":"reason","reason":"yes"})", "yes"},
      {R"(["reason"])", std::nullopt},
      {R"({"other":"x"})", std::nullopt},
      {R"({"rea)", std::nullopt},
      {R"({"reason)", std::nullopt},
      {R"({"reason")", std::nullopt},
      {R"({"\u00zz":1,"reason":"behind what is no JSON"})", std::nullopt},
      {"", std::nullopt},
      {"reason: x", std::nullopt},
      // Cut off: only whole words are told, and only whole numbers.
      {R"({"reason":"two words and a sec)", "two words and a"},
      {R"({"reason":"secr)", ""},
      {R"({"reason":40)", ""},
      {R"({"reason":)", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(json_member(row.text, "reason") == row.value);
  }
}

TEST_CASE("property: no beginning of a text is read beyond its end, and all give an answer") {
  const std::string text = R"({"a":"b\"c","reason":"x\u0041 y z","n":[1,2,{"reason":3}]})";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string own(text.substr(0, size));
    const auto value = json_member(own, "reason");
    if (value) CHECK(std::string_view("xA y z").starts_with(*value));
  }
}

catalogue::Catalogue some_rows() {
  catalogue::Catalogue rows;
  catalogue::FarewellRow farewell;
  farewell.id = "action_cable_disconnect";
  farewell.sender = Endpoint::server;
  farewell.starts = R"({"type":"disconnect")";
  farewell.field = "reason";
  rows.farewells.push_back(farewell);
  farewell.id = "sockjs_close";
  farewell.starts = "c[";
  farewell.field = "";
  rows.farewells.push_back(farewell);
  catalogue::HeartbeatRow heartbeat;
  heartbeat.id = "ping";
  heartbeat.carrier = catalogue::Carrier::text;
  heartbeat.sender = Endpoint::client;
  heartbeat.starts = R"({"type":"ping")";
  rows.heartbeats.push_back(heartbeat);
  heartbeat.id = "pong";
  heartbeat.starts = R"({"type":"pong")";
  rows.heartbeats.push_back(heartbeat);
  return rows;
}

struct Watching {
  Circumstances seen() const {
    Circumstances circumstances;
    watch.report(recognition, {}, circumstances);
    return circumstances;
  }
  void farewell(std::string_view text, Moment at = Moment{1s}) {
    watch.note(Endpoint::server, text, at, recognition);
  }
  void beat(Moment at) { watch.note(Endpoint::client, R"({"type":"ping"})", at, recognition); }

  catalogue::Catalogue rows = some_rows();
  catalogue::Recognition recognition{rows};
  TextWatch watch;
};

TEST_CASE("the last farewell is kept, with its value") {
  Watching watching;
  CHECK_FALSE(watching.seen().farewell);
  watching.farewell(R"({"type":"disconnect","reason":"server_restart"})", Moment{5s});
  CHECK(watching.seen().farewell == Farewell{.id = "action_cable_disconnect",
                                             .value = "server_restart",
                                             .sender = Endpoint::server,
                                             .at = Moment{5s}});
  watching.farewell(R"(c[3000,"Go away!"])", Moment{6s});
  CHECK(watching.seen().farewell ==
        Farewell{.id = "sockjs_close", .value = "", .sender = Endpoint::server, .at = Moment{6s}});
}

TEST_CASE("a farewell's value is printable, at most 128 bytes, and tells no secret") {
  Watching watching;
  const auto value = [&](const std::string& reason) {
    watching.farewell(R"({"type":"disconnect","reason":")" + reason + "\"}");
    return watching.seen().farewell->value;
  };
  CHECK(value("token Bearer abcdefgh.ijkl").find("abcdefgh") == std::string::npos);
  CHECK(value("4bf92f3577b34da6a3ce929d0e0e4736").find("4bf9") == std::string::npos);
  CHECK(value("a\\u001b[31mred").find('\x1b') == std::string::npos);
  const std::string words = "many words and more of them ";
  const std::string cut = value(words + words + words + words + words + words);
  CHECK(cut.size() <= 128);
  CHECK(cut.starts_with(words));
  // A character is not cut.
  const std::string cyrillic = value("a" + std::string("жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж"
                                                       "жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж"));
  CHECK(cyrillic.size() == 127);
}

TEST_CASE("the pace of heartbeats is told by its first beats and its last") {
  Watching watching;
  Moment at{};
  watching.beat(at);
  REQUIRE(watching.seen().heartbeats[index(Endpoint::client)]);
  CHECK(watching.seen().heartbeats[index(Endpoint::client)] ==
        TextHeartbeats{.id = "ping", .count = 1, .usual = 0ms, .longest = 0ms, .last = at});
  for (int i = 0; i < 20; ++i) watching.beat(at += i == 3 ? 70s : 30s);
  CHECK(watching.seen().heartbeats[index(Endpoint::client)] ==
        TextHeartbeats{.id = "ping", .count = 21, .usual = 30s, .longest = 30s, .last = at});
  for (int i = 0; i < 2; ++i) watching.beat(at += 60s);
  CHECK(watching.seen().heartbeats[index(Endpoint::client)] ==
        TextHeartbeats{.id = "ping", .count = 23, .usual = 30s, .longest = 60s, .last = at});
  CHECK_FALSE(watching.seen().heartbeats[index(Endpoint::server)]);
}

TEST_CASE("a side's heartbeats are those of the row that came first") {
  Watching watching;
  watching.beat(Moment{1s});
  watching.watch.note(Endpoint::client, R"({"type":"pong"})", Moment{2s}, watching.recognition);
  watching.beat(Moment{31s});
  CHECK(watching.seen().heartbeats[index(Endpoint::client)]->count == 2);
  CHECK(watching.seen().heartbeats[index(Endpoint::client)]->usual == 30s);
}

}  // namespace
}  // namespace lastframe::session
