#include "capture/prelude_sink.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/tls_key_logs.h"
#include "capture/tls_sink.h"
#include "core/proxying/proxy_header.h"
#include "support/hex.h"
#include "support/input_notes.h"
#include "support/splits.h"
#include "support/tls_traffic.h"

using namespace lastframe;
using capture::PreludeLimits;
using capture::PreludeSink;
using session::BytesMissed;
using session::EndKind;
using session::StreamEnded;
using test::InputNotes;

namespace {

constexpr std::uint64_t kId = 7;

const std::string kHeader = proxying::proxy_header_v2({"203.0.113.9", 50122}, {"192.0.2.1", 443});
const std::string kConnect = "CONNECT chat.example:443 HTTP/1.1\r\n\r\n";
const std::string kGranted = "HTTP/1.1 200 OK\r\n\r\n";
const std::string kUnauthorized = "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno";
const std::string kSocks = test::hex("05 01 00");
const std::string kSocksAnswer = test::hex("05 00");
const std::string kSocksAsked = test::hex("05 01 00 01 c0 00 02 63 01 bb");
const std::string kSocksDone = test::hex("05 00 00 01 00 00 00 00 00 00");

struct Bytes {
  Endpoint from;
  std::string bytes;
};
using Event = std::variant<Bytes, session::Input>;

Event client(std::string bytes) { return Bytes{Endpoint::client, std::move(bytes)}; }
Event server(std::string bytes) { return Bytes{Endpoint::server, std::move(bytes)}; }
Event end(Endpoint endpoint, EndKind how = EndKind::fin) {
  return session::Input(StreamEnded{.endpoint = endpoint, .how = how});
}
Event missed(Direction direction) {
  return session::Input(BytesMissed{.direction = direction, .count = 5});
}
Event finished() { return session::Input(session::Finished{}); }

// What a reader of packets would tell, a millisecond apart.
void give(capture::InputSink& sink, const std::vector<Event>& events, std::size_t part = 0) {
  Moment now{};
  sink.on_start({.id = kId, .client = "192.0.2.1:5000", .server = "192.0.2.2:80"});
  for (const Event& event : events) {
    now += std::chrono::milliseconds(1);
    if (const auto* input = std::get_if<session::Input>(&event)) {
      sink.on_input(kId, now, *input);
      continue;
    }
    const Bytes& said = std::get<Bytes>(event);
    const std::size_t size = part == 0 ? said.bytes.size() : part;
    test::feed_parts(test::in_parts_of(said.bytes, size), [&](std::string_view bytes) {
      sink.on_input(
          kId, now,
          session::BytesRelayed{.direction = direction_from(said.from), .bytes = as_bytes(bytes)});
    });
  }
}

InputNotes told(const std::vector<Event>& events, std::size_t part = 0,
                const PreludeLimits& limits = {}) {
  InputNotes notes;
  PreludeSink sink(notes, limits);
  give(sink, events, part);
  return notes;
}

InputNotes bare(const std::vector<Event>& events) {
  InputNotes notes;
  give(notes, events);
  return notes;
}

// Without the bytes: what else was told, in its order.
std::vector<std::string> others(const InputNotes& notes) {
  auto facts = notes.facts();
  std::erase_if(facts, [](const std::string& fact) {
    return fact.starts_with("7 client_to_server ") || fact.starts_with("7 server_to_client ");
  });
  return facts;
}

struct Row {
  std::string_view name;
  std::vector<Event> events;
  std::vector<std::string> others;
  std::string up;
  std::string down;
};

void check(const Row& row) {
  CAPTURE(row.name);
  for (const std::size_t part : {0, 1, 2, 3, 7, 16}) {
    CAPTURE(part);
    InputNotes notes = told(row.events, part);
    CHECK(others(notes) == row.others);
    CHECK(notes.streams[kId][0] == row.up);
    CHECK(notes.streams[kId][1] == row.down);
  }
}

const std::string kClientIs = "7 client is 203.0.113.9:50122";
const std::string kConnected = "7 connected to chat.example:443";

}  // namespace

TEST_CASE("what begins with its own bytes passes as it is, at once") {
  for (const std::string_view first : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "POST", "PRI"}) {
    const std::vector<Event> events{client(std::string(first)), server("CONNECT a:1"),
                                    client("PROXY "),           missed(Direction::client_to_server),
                                    end(Endpoint::client),      finished()};
    CHECK(told(events).lines == bare(events).lines);
  }
  // A server that speaks first, and a connection that says nothing.
  for (const std::vector<Event>& events :
       {std::vector<Event>{server("220 hello"), client(kConnect), server(kGranted)},
        std::vector<Event>{end(Endpoint::client), end(Endpoint::server), finished()}}) {
    CHECK(told(events).lines == bare(events).lines);
  }
}

TEST_CASE("preludes are taken off, alone and behind each other") {
  check({"header", {client(kHeader + "GET"), server("101")}, {kClientIs}, "GET", "101"});
  check({"CONNECT",
         {client(kConnect), server(kGranted), client("GET"), server("101")},
         {kConnected},
         "GET",
         "101"});
  check({"SOCKS5",
         {client(kSocks), server(kSocksAnswer), client(kSocksAsked), server(kSocksDone + "101"),
          client("GET")},
         {"7 connected to 192.0.2.99:443"},
         "GET",
         "101"});
  check({"header and CONNECT",
         {client(kHeader + kConnect), server(kGranted), client("GET"), server("101")},
         {kClientIs, kConnected},
         "GET",
         "101"});
  check({"header and SOCKS5",
         {client(kHeader + kSocks + kSocksAsked), server(kSocksAnswer + kSocksDone + "101")},
         {kClientIs, "7 connected to 192.0.2.99:443"},
         "",
         "101"});
  check({"through two proxies",
         {client("CONNECT b:1 HTTP/1.1\r\n\r\n"), server(kGranted), client(kConnect),
          server(kGranted + "101")},
         {"7 connected to b:1", kConnected},
         "",
         "101"});
}

TEST_CASE("a header stands first, or is none") {
  check({"twice", {client(kHeader + kHeader)}, {kClientIs}, kHeader, ""});
  check({"in a tunnel",
         {client(kConnect), server(kGranted), client(kHeader)},
         {kConnected},
         kHeader,
         ""});
}

TEST_CASE("what comes early keeps its place, and times do not go back") {
  const InputNotes notes = told({client(kConnect + "early"), client(" bird"), end(Endpoint::client),
                                 server(kGranted + "late"), end(Endpoint::server), finished()});
  CHECK(notes.lines == std::vector<std::string>{
                           "7 @0 start 192.0.2.1:5000 192.0.2.2:80 wall 0",
                           "7 @1000 connected to chat.example:443",
                           "7 @1000 client_to_server early",
                           "7 @2000 client_to_server  bird",
                           "7 @3000 client fin",
                           "7 @4000 server_to_client late",
                           "7 @5000 server fin",
                           "7 @6000 finished",
                       });
}

TEST_CASE("a tunnel that is refused for good is a connection that failed") {
  const std::string no =
      "7 no connection to chat.example:443: the proxy answered CONNECT with 407"
      ": it wants other credentials";
  check({"by both ends",
         {client(kConnect), server(kUnauthorized), end(Endpoint::server), end(Endpoint::client),
          finished()},
         {no, "7 server fin", "7 client fin", "7 finished"},
         "",
         ""});
  check({"behind several tries, and bytes that nobody reads",
         {client(kConnect), server(kUnauthorized), client(kConnect), server(kUnauthorized + "more"),
          end(Endpoint::client, EndKind::reset), server("still more"), finished()},
         {no, "7 client reset", "7 finished"},
         "",
         ""});
  check({"by a client that had ended its stream",
         {client(kConnect), end(Endpoint::client), server(kUnauthorized), end(Endpoint::server),
          finished()},
         {no, "7 client fin", "7 server fin", "7 finished"},
         "",
         ""});
  check({"without an end of a stream",
         {client(kConnect), server(kUnauthorized), finished()},
         {no, "7 finished"},
         "",
         ""});
  check({"by SOCKS",
         {client(kSocks), server(test::hex("05 ff")), end(Endpoint::server), finished()},
         {"7 no connection to : the SOCKS proxy takes none of the ways to log in that the client "
          "offers",
          "7 server fin", "7 finished"},
         "",
         ""});
}

TEST_CASE("another try behind a refusal opens the tunnel, or asks for something else") {
  check({"granted",
         {client(kConnect), server(kUnauthorized), client(kConnect), server(kGranted),
          client("GET"), end(Endpoint::client), finished()},
         {kConnected, "7 client fin", "7 finished"},
         "GET",
         ""});
  check({"something else",
         {client(kConnect), server(kUnauthorized), client("GET"), server("200"),
          end(Endpoint::client), finished()},
         {"7 client fin", "7 finished"},
         "GET",
         "200"});
}

TEST_CASE("what lacks something, ends early or is none after all is told as it came") {
  for (const std::vector<Event>& events : {
           std::vector<Event>{client(kHeader.substr(0, 20)), end(Endpoint::client),
                              end(Endpoint::server), finished()},
           {client(kHeader.substr(0, 20)), missed(Direction::client_to_server), client("GET")},
           {client(kConnect), missed(Direction::server_to_client), server("101"), finished()},
           {client(kConnect), end(Endpoint::client), end(Endpoint::server, EndKind::reset),
            finished()},
           {client(kConnect + "early"), server("SSH-2.0"), client("more"), server("more")},
           {client(kSocks), server("HTTP/1.1 400"), finished()},
           {client("COPY "), client("/ HTTP/1.1\r\n\r\n"), server("HTTP/1.1 200")},
           {missed(Direction::client_to_server), client(kConnect), server(kGranted)},
       }) {
    CHECK(told(events).lines == bare(events).lines);
  }
}

TEST_CASE("a connection that goes on behind the file is told as far as it came") {
  InputNotes notes;
  PreludeSink sink(notes);
  give(sink, {client(kConnect)});
  CHECK(notes.lines.size() == 1);
  sink.on_flaw({.kind = capture::FlawKind::still_open, .connection = kId, .text = "open"});
  REQUIRE(notes.lines.size() == 3);
  CHECK(notes.streams[kId][0] == kConnect);
  CHECK(notes.lines.back().starts_with("7 flaw still_open"));
}

TEST_CASE("over a limit all is told as it came") {
  const std::string early(2000, 'x');
  const std::vector<Event> events{client(kConnect), client(early), client(early), server(kGranted)};
  for (const PreludeLimits& limits : {PreludeLimits{.held_of_one = 4000}, {.held = 2000}}) {
    InputNotes notes = told(events, 0, limits);
    REQUIRE(notes.flaws.size() == 1);
    CHECK(notes.flaws[0].text.starts_with("PROXY headers, CONNECT and SOCKS5 are not read "));
    std::erase_if(notes.lines, [](const auto& line) { return line.starts_with("flaw "); });
    CHECK(notes.lines == bare(events).lines);
  }
  CHECK(told(events).streams.at(kId)[0] == early + early);
}

TEST_CASE("the limit over all connections is given back") {
  InputNotes notes;
  PreludeSink sink(notes, {.held = 64 * 1024});
  // One after the other, each in another way, far more than the limit in all.
  for (int i = 0; i < 400; ++i) {
    give(sink, {client(kConnect + std::string(1000, 'x')), server(kGranted), finished()});
    give(sink, {client(kConnect), server(kUnauthorized), end(Endpoint::server), finished()});
    give(sink, {client(kConnect), finished()});
    give(sink, {client(kConnect), missed(Direction::client_to_server), finished()});
    give(sink, {client(kConnect)});
    sink.on_flaw({.kind = capture::FlawKind::still_open, .connection = kId, .text = "open"});
  }
  notes.lines.clear();
  give(sink, {client(kConnect), server(kGranted)});
  CHECK(notes.lines.back() == "7 @1000 connected to chat.example:443");
}

TEST_CASE("TLS behind a prelude is decrypted") {
  test::TlsTraffic traffic;
  traffic.shake_hands();
  traffic.say(Endpoint::client, "question");
  traffic.say(Endpoint::server, "answer");
  capture::TlsKeyLogs logs;
  logs.take(as_bytes(traffic.key_log));
  std::vector<Event> events{client(kHeader + kConnect), server(kGranted)};
  for (const test::TlsSaid& said : traffic.said)
    events.emplace_back(Bytes{said.sender, said.bytes});
  for (const std::size_t part : {0, 1, 100}) {
    InputNotes notes;
    capture::TlsSink tls(notes, logs);
    PreludeSink sink(tls);
    give(sink, events, part);
    CHECK(notes.streams[kId][0] == "question");
    CHECK(notes.streams[kId][1] == "answer");
    CHECK(std::ranges::count(notes.facts(), kConnected) == 1);
    CHECK(std::ranges::count(notes.facts(), kClientIs) == 1);
  }
}
