#include "core/http/exchange_watcher.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "support/splits.h"

namespace lastframe::http {
namespace {

constexpr std::size_t kLimit = 256;

constexpr std::string_view kUpgrade =
    "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
constexpr std::string_view kSwitching =
    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

std::string_view name(Asks asks) {
  switch (asks) {
    case Asks::nothing:
      return "";
    case Asks::websocket:
      return " asks websocket";
    case Asks::other_protocol:
      return " asks other protocol";
    case Asks::tunnel:
      return " asks tunnel";
  }
  return "";
}

std::string_view name(LostTrack why) {
  switch (why) {
    case LostTrack::not_http:
      return "lost: not http";
    case LostTrack::bad_head:
      return "lost: bad head";
    case LostTrack::bad_framing:
      return "lost: bad framing";
    case LostTrack::other_protocol:
      return "lost: other protocol";
    case LostTrack::over_limit:
      return "lost: over limit";
  }
  return "";
}

// Feeds a dialogue and writes down what the watcher says of it.
class Dialogue {
 public:
  explicit Dialogue(std::size_t limit = kLimit) : watcher_(limit) {}

  void feed(Direction direction, std::string_view text) {
    if (is_over_) return;
    ByteView input = as_bytes(text);
    while (const auto event = watcher_.next(direction, input)) {
      if (const auto* request = std::get_if<RequestSeen>(&*event)) {
        note(std::string(request->head.method) + " " + std::string(request->head.target) +
             std::string(name(request->asks)));
      } else if (const auto* response = std::get_if<ResponseSeen>(&*event)) {
        note(std::to_string(response->head.status) + std::string(name(response->asks)));
      } else if (const auto* answer = std::get_if<SwitchedToWebSocket>(&*event)) {
        is_over_ = true;
        return note("switched " + std::to_string(answer->head.status) + ", early [" +
                    watcher_.take_held_client_bytes() + "], rest [" + std::string(as_text(input)) +
                    "]");
      } else if (std::holds_alternative<HeldBytesAreHttp>(*event)) {
        const std::string held = watcher_.take_held_client_bytes();
        feed(Direction::client_to_server, held);
      } else {
        note(std::string(name(std::get<LostTrack>(*event))));
      }
    }
    CHECK(input.empty());
  }

  void client(std::string_view text) { feed(Direction::client_to_server, text); }
  void server(std::string_view text) { feed(Direction::server_to_client, text); }

  const std::string& said() const { return said_; }
  bool is_mid_message() const { return watcher_.is_mid_message(); }
  std::string_view refusal_body() const { return watcher_.refusal_body(); }

 private:
  void note(const std::string& what) { said_ += (said_.empty() ? "" : "; ") + what; }

  ExchangeWatcher watcher_;
  std::string said_;
  bool is_over_ = false;
};

struct Turn {
  Endpoint endpoint;
  std::string text;
};

constexpr Endpoint C = Endpoint::client;
constexpr Endpoint S = Endpoint::server;

struct Row {
  std::string_view name;
  std::vector<Turn> turns;
  std::string said;
};

// Each turn is cut at every place while the others stay whole; then all come byte by byte.
void check(const Row& row) {
  CAPTURE(row.name);
  for (std::size_t cut_turn = 0; cut_turn < row.turns.size(); ++cut_turn) {
    test::at_every_split(row.turns[cut_turn].text, [&](const test::Split& split) {
      CAPTURE(cut_turn);
      CAPTURE(split.name);
      Dialogue dialogue;
      for (std::size_t i = 0; i < row.turns.size(); ++i) {
        const Direction direction = direction_from(row.turns[i].endpoint);
        const test::Split own = i == cut_turn ? split : test::whole(row.turns[i].text);
        test::feed_parts(own, [&](std::string_view part) { dialogue.feed(direction, part); });
      }
      // What is left of the server's input when it switches depends on the cut, and is frames.
      CHECK(dialogue.said().substr(0, dialogue.said().find(", rest")) ==
            row.said.substr(0, row.said.find(", rest")));
      if (split.parts.size() == 1) CHECK(dialogue.said() == row.said);
    });
  }
}

TEST_CASE("exchanges are followed until the connection becomes a WebSocket") {
  const auto rows = std::to_array<Row>({
      {"the first request asks",
       {{C, std::string(kUpgrade)}, {S, std::string(kSwitching)}},
       "GET /chat asks websocket; switched 101, early [], rest []"},
      {"frames in the same read as the 101",
       {{C, std::string(kUpgrade)}, {S, std::string(kSwitching) + "frames"}},
       "GET /chat asks websocket; switched 101, early [], rest [frames]"},
      {"the client does not wait for the 101",
       {{C, std::string(kUpgrade) + "early"}, {S, std::string(kSwitching)}},
       "GET /chat asks websocket; switched 101, early [early], rest []"},
      {"a kept-alive connection asks later",
       {{C, "GET / HTTP/1.1\r\n\r\n"},
        {S, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"},
        {C, std::string(kUpgrade)},
        {S, std::string(kSwitching)}},
       "GET /; 200; GET /chat asks websocket; switched 101, early [], rest []"},
      {"requests before the upgrade come in one go",
       {{C, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n" + std::string(kUpgrade)},
        {S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 x\r\n\r\n"},
        {S, std::string(kSwitching)}},
       "GET /1; GET /2; GET /chat asks websocket; 200; 204; switched 101, early [], rest []"},
      {"refused, and asked again",
       {{C, std::string(kUpgrade)},
        {S, "HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n"},
        {C, std::string(kUpgrade)},
        {S, std::string(kSwitching)}},
       "GET /chat asks websocket; 401 asks websocket; GET /chat asks websocket; "
       "switched 101, early [], rest []"},
      {"what came behind a refused request is HTTP",
       {{C, std::string(kUpgrade) + "GET /next HTTP/1.1\r\n\r\n"},
        {S,
         "HTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\nContent-Length: "
         "0\r\n\r\n"}},
       "GET /chat asks websocket; 404 asks websocket; GET /next; 200"},
      {"interim answers come first (RFC 9110 section 15.2)",
       {{C, std::string(kUpgrade)},
        {S, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                std::string(kSwitching)}},
       "GET /chat asks websocket; 100 asks websocket; 103 asks websocket; "
       "switched 101, early [], rest []"},
      {"a request with a body",
       {{C, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody" + std::string(kUpgrade)},
        {S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
                std::string(kSwitching)}},
       "POST /; GET /chat asks websocket; 200; switched 101, early [], rest []"},
      {"an answer to HEAD has no body",
       {{C, "HEAD / HTTP/1.1\r\n\r\n" + std::string(kUpgrade)},
        {S, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + std::string(kSwitching)}},
       "HEAD /; GET /chat asks websocket; 200; switched 101, early [], rest []"},
      {"nor has 304",
       {{C, "GET / HTTP/1.1\r\n\r\n" + std::string(kUpgrade)},
        {S, "HTTP/1.1 304 x\r\nContent-Length: 3\r\n\r\n" + std::string(kSwitching)}},
       "GET /; GET /chat asks websocket; 304; switched 101, early [], rest []"},
      {"an answer that ends with the stream",
       {{C, "GET / HTTP/1.1\r\n\r\n"}, {S, "HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}},
       "GET /; 200"},
      {"an answer to nothing (408)",
       {{S, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"}},
       "408"},
      {"Upgrade was stripped by a hop before, but not by the one behind",
       {{C, "GET / HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\nearly"}, {S, std::string(kSwitching)}},
       "GET / asks websocket; switched 101, early [early], rest []"},
      {"websocket is one of several offers",
       {{C, "GET / HTTP/1.1\r\nUpgrade: h2c, WebSocket\r\n\r\n"}, {S, std::string(kSwitching)}},
       "GET / asks websocket; switched 101, early [], rest []"},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("a connection that cannot be followed is given up, with the reason") {
  const auto rows = std::to_array<Row>({
      {"TLS", {{C, "\x16\x03\x01"}}, "lost: not http"},
      {"the server speaks first", {{S, "220 mail\r\n"}}, "lost: not http"},
      {"HTTP/2 with prior knowledge (RFC 9113 section 3.3)",
       {{C, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}},
       "lost: not http"},
      {"a switch to h2c (RFC 7540 section 3.2)",
       {{C, "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"}, {S, "HTTP/1.1 101 x\r\n\r\nfoo"}},
       "GET / asks other protocol; lost: other protocol"},
      {"a tunnel (RFC 9110 section 9.3.6)",
       {{C, "CONNECT a:1 HTTP/1.1\r\n\r\nearly"}, {S, "HTTP/1.1 200 OK\r\n\r\nfoo"}},
       "CONNECT a:1 asks tunnel; lost: other protocol"},
      {"a tunnel that was refused",
       {{C, "CONNECT a:1 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"},
        {S, "HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n"}},
       "CONNECT a:1 asks tunnel; 407 asks tunnel; GET /"},
      {"a 101 that nobody asked for",
       {{C, "GET / HTTP/1.1\r\n\r\n"}, {S, std::string(kSwitching)}},
       "GET /; lost: other protocol"},
      {"two lengths",
       {{C, "POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n"}},
       "lost: bad framing"},
      {"broken chunks in a request",
       {{C, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz"}},
       "POST /; lost: bad framing"},
      {"broken chunks in an answer",
       {{C, "GET / HTTP/1.1\r\n\r\n"},
        {S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz"}},
       "GET /; 200; lost: bad framing"},
      {"an answer with two lengths",
       {{C, "GET / HTTP/1.1\r\n\r\n"}, {S, "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n"}},
       "GET /; lost: bad framing"},
      {"an answer whose first line says no status",
       {{C, "GET / HTTP/1.1\r\n\r\n"}, {S, "HTTP/1.1 fine\r\nServer: x\r\n\r\nfoo"}},
       "GET /; lost: bad head"},
      {"a head over the limit",
       {{C, "GET / HTTP/1.1\r\nA: " + std::string(kLimit, 'x')}},
       "lost: not http"},
      {"more early bytes than are held",
       {{C, std::string(kUpgrade)}, {C, std::string(kLimit + 1, 'x')}},
       "GET /chat asks websocket; lost: over limit"},
      {"nothing comes after the loss",
       {{C, "\x16\x03\x01"}, {S, std::string(kSwitching)}},
       "lost: not http"},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("of an answer that refuses a WebSocket the body's beginning is kept, of others nothing") {
  const std::string refusal = "HTTP/1.1 403 x\r\nContent-Length: 9\r\n\r\nForbidden";
  test::at_every_split(refusal, [&](const test::Split& split) {
    CAPTURE(split.name);
    Dialogue dialogue;
    dialogue.client(kUpgrade);
    test::feed_parts(split, [&](std::string_view part) { dialogue.server(part); });
    CHECK(dialogue.refusal_body() == "Forbidden");
    dialogue.client(kUpgrade);
    dialogue.server("HTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\nno");
    CHECK(dialogue.refusal_body() == "no");
    dialogue.client("GET / HTTP/1.1\r\n\r\n");
    dialogue.server("HTTP/1.1 200 x\r\nContent-Length: 3\r\n\r\nyes");
    CHECK(dialogue.refusal_body() == "no");
  });
}

TEST_CASE("as many early bytes are held as the limit says") {
  Dialogue dialogue;
  dialogue.client(kUpgrade);
  dialogue.client(std::string(kLimit, 'x'));
  dialogue.server(kSwitching);
  CHECK(dialogue.said() == "GET /chat asks websocket; switched 101, early [" +
                               std::string(kLimit, 'x') + "], rest []");
}

TEST_CASE("64 requests may wait for their answers, one more is too many") {
  Dialogue dialogue;
  for (std::size_t i = 0; i < ExchangeWatcher::kMostOutstanding; ++i) {
    dialogue.client("GET / HTTP/1.1\r\n\r\n");
  }
  CHECK(dialogue.said().find("lost") == std::string::npos);
  Dialogue answered = dialogue;
  answered.server("HTTP/1.1 204 x\r\n\r\n");
  answered.client("GET / HTTP/1.1\r\n\r\n");
  CHECK(answered.said().find("lost") == std::string::npos);
  dialogue.client("GET / HTTP/1.1\r\n\r\n");
  CHECK(dialogue.said().ends_with("lost: over limit"));
}

TEST_CASE("a connection stands between messages only where nothing is begun and nothing is owed") {
  struct Step {
    std::string_view name;
    Endpoint endpoint;
    std::string_view text;
    bool is_mid_message;
  };
  constexpr auto kSteps = std::to_array<Step>({
      {"half a request", C, "POST / HTTP/1.1\r\n", true},
      {"its head", C, "Content-Length: 2\r\n\r\n", true},
      {"its body", C, "ab", true},
      {"half an answer", S, "HTTP/1.1 200 OK\r\n", true},
      {"its head", S, "Content-Length: 2\r\n\r\n", true},
      {"its body", S, "ab", false},
      {"an upgrade request", C, "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", true},
      {"its refusal, up to the end of the stream", S, "HTTP/1.1 403 x\r\n\r\n", false},
  });
  Dialogue dialogue;
  CHECK_FALSE(dialogue.is_mid_message());
  for (const Step& step : kSteps) {
    CAPTURE(step.name);
    dialogue.feed(direction_from(step.endpoint), step.text);
    CHECK(dialogue.is_mid_message() == step.is_mid_message);
  }
}

}  // namespace
}  // namespace lastframe::http
