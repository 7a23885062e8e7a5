#include "capture/http2_sink.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/http2_bytes.h"
#include "support/input_notes.h"
#include "support/splits.h"

using namespace lastframe;
using capture::FlawKind;
using capture::Http2Sink;
using http2::FrameType;
using test::InputNotes;

namespace {

using Lines = std::vector<std::string>;

// What a reader of packets would tell, a millisecond apart, through the sink.
class Feed {
 public:
  explicit Feed(InputNotes& notes, const capture::Http2Limits& limits = {})
      : sink_(notes, ids_, limits) {}

  std::uint64_t start() {
    const std::uint64_t id = ids_.next();
    sink_.on_start(
        {.id = id,
         .client = "192.0.2.1:5000",
         .server = "192.0.2.2:443",
         .accepted = now_,
         .accepted_wall = WallTime(std::chrono::seconds(1000) + now_.time_since_epoch())});
    return id;
  }
  void give(std::uint64_t id, const session::Input& input) {
    now_ += std::chrono::milliseconds(1);
    sink_.on_input(id, now_, input);
  }
  void say(std::uint64_t id, Endpoint from, std::string_view bytes) {
    const std::string copy(bytes);
    give(id, session::BytesRelayed{.direction = direction_from(from), .bytes = as_bytes(copy)});
  }
  void establish(std::uint64_t id, std::string_view protocol) {
    session::TlsLeg leg;
    leg.alpn = protocol;
    for (const Endpoint peer : {Endpoint::server, Endpoint::client}) {
      give(id, session::TlsEstablished{.peer = peer, .leg = &leg});
    }
  }
  void end(std::uint64_t id, Endpoint endpoint, session::EndKind how = session::EndKind::fin) {
    give(id, session::StreamEnded{.endpoint = endpoint, .how = how});
  }
  void finish(std::uint64_t id) { give(id, session::Finished{}); }
  void flaw(std::uint64_t id, FlawKind kind) {
    sink_.on_flaw({.kind = kind, .connection = id, .text = "a flaw"});
  }
  // One that has opened the stream 1.
  std::uint64_t open() {
    const std::uint64_t id = start();
    say(id, Endpoint::client, test::http2_client_start() + test::http2_request(1));
    say(id, Endpoint::server, test::http2_server_start() + test::http2_answer(1));
    return id;
  }

 private:
  capture::ConnectionIds ids_;
  Http2Sink sink_;
  Moment now_{};
};

const std::string kRequest = " client_to_server head CONNECT /chat HTTP/2.0";
const std::string kAnswer = " server_to_client head HTTP/2.0 200";

Lines starts_of(const InputNotes& notes) {
  Lines starts;
  for (const std::string& line : notes.lines) {
    if (line.find(" start ") != std::string::npos) starts.push_back(line);
  }
  return starts;
}

}  // namespace

TEST_CASE("what is no HTTP/2 passes as it is, at its times") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.start();
  feed.flaw(id, FlawKind::joined_late);
  feed.give(id, session::ClientNamed{.address = "203.0.113.9:1"});
  feed.say(id, Endpoint::client, "PRI * HT");
  feed.say(id, Endpoint::client, "TP/1.1\r\n");
  feed.say(id, Endpoint::server, "HTTP/1.1 400\r\n\r\n");
  feed.end(id, Endpoint::server);
  feed.finish(id);
  CHECK(notes.lines == Lines{"1 @0 start 192.0.2.1:5000 192.0.2.2:443 wall 1000000000",
                             "1 flaw joined_late at 0 bytes 0", "1 @1000 client is 203.0.113.9:1",
                             "1 @2000 client_to_server PRI * HT",
                             "1 @3000 client_to_server TP/1.1\\x0d\\x0a",
                             "1 @4000 server_to_client HTTP/1.1 400\\x0d\\x0a\\x0d\\x0a",
                             "1 @5000 server fin", "1 @6000 finished"});
}

TEST_CASE("a connection that ends before it said anything is told") {
  for (const bool is_open : {false, true}) {
    InputNotes notes;
    Feed feed(notes);
    const std::uint64_t id = feed.start();
    if (is_open) {
      feed.flaw(id, FlawKind::still_open);
      CHECK(notes.lines.size() == 2);
      CHECK(notes.lines.back() == "1 flaw still_open at 0 bytes 0");
    } else {
      feed.finish(id);
      CHECK(notes.facts() == Lines{"1 finished"});
    }
  }
}

TEST_CASE("each stream is a connection, from its request to its ends") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.open();
  CHECK(starts_of(notes) == Lines{"2 @1000 start 192.0.2.1:5000 192.0.2.2:443 wall 1000001000"});
  feed.say(id, Endpoint::client, test::http2_data(1, "hello") + test::http2_request(3));
  feed.say(id, Endpoint::server,
           test::http2_answer(3, "403") + test::http2_data(3, "no", http2::kEndStream));
  feed.say(id, Endpoint::client,
           test::http2_data(1, "", http2::kEndStream) + test::http2_reset(3, 8));
  feed.say(id, Endpoint::server, test::http2_data(1, "bye", http2::kEndStream));
  feed.end(id, Endpoint::client);
  feed.finish(id);
  CHECK(notes.facts() == Lines{"2" + kRequest, "2" + kAnswer, "2 client_to_server hello",
                               "3" + kRequest, "3 server_to_client head HTTP/2.0 403",
                               "3 server_to_client no", "3 server fin", "2 client fin",
                               "3 client reset CANCEL", "3 finished", "2 server_to_client bye",
                               "2 server fin", "2 finished"});
}

TEST_CASE("HTTP/2 is known wherever its first bytes are cut, and by what TLS agreed on") {
  const std::string start = test::http2_client_start() + test::http2_request(1);
  test::at_every_split(start, [](const test::Split& split) {
    CAPTURE(split.name);
    InputNotes notes;
    Feed feed(notes);
    const std::uint64_t id = feed.start();
    feed.say(id, Endpoint::server, test::http2_settings());
    for (const std::string_view part : split.parts) feed.say(id, Endpoint::client, part);
    feed.finish(id);
    CHECK(notes.facts() == Lines{"2" + kRequest, "2 finished"});
  });
  for (const std::string_view protocol : {"h2", "http/1.1"}) {
    InputNotes notes;
    Feed feed(notes);
    const std::uint64_t id = feed.start();
    feed.establish(id, protocol);
    feed.say(id, Endpoint::client, start);
    const bool is_taken = protocol == "h2";
    CHECK(notes.lines.front().starts_with(is_taken ? "2 " : "1 "));
    CHECK(notes.facts().back().starts_with(is_taken ? "2" + kRequest : "1 client_to_server PRI"));
  }
}

TEST_CASE("what is of the connection is said of each stream, also of later ones") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.start();
  feed.give(id, session::ClientNamed{.address = "203.0.113.9:1"});
  feed.give(id, session::UpstreamConnected{.address = "chat.example:443"});
  feed.establish(id, "h2");
  feed.say(id, Endpoint::client, test::http2_client_start() + test::http2_request(1));
  feed.say(id, Endpoint::client, test::http2_request(3));
  feed.give(id, session::TransportSampled{.endpoint = Endpoint::client,
                                          .facts = {.rtt_ms = 1, .error = {}}});
  feed.end(id, Endpoint::server, session::EndKind::reset);
  feed.finish(id);
  const std::string established =
      " input " + std::to_string(session::Input(session::TlsEstablished{}).index());
  const std::string sampled = " client rtt 1.000000 retransmits 0 unacked 0 ";
  CHECK(notes.facts() == Lines{"2 client is 203.0.113.9:1", "2 connected to chat.example:443",
                               "2" + established, "2" + established, "2" + kRequest,
                               "3 client is 203.0.113.9:1", "3 connected to chat.example:443",
                               "3" + established, "3" + established, "3" + kRequest, "2" + sampled,
                               "3" + sampled, "2 server reset", "3 server reset", "2 finished",
                               "3 finished"});
}

TEST_CASE("a stream that is left without an error has ended in order") {
  for (const bool has_ended : {false, true}) {
    CAPTURE(has_ended);
    InputNotes notes;
    Feed feed(notes);
    const std::uint64_t id = feed.open();
    if (has_ended) feed.say(id, Endpoint::server, test::http2_data(1, "", http2::kEndStream));
    feed.say(id, Endpoint::server, test::http2_reset(1, 0));
    CHECK(notes.facts() == Lines{"2" + kRequest, "2" + kAnswer, "2 server fin",
                                 "2 server reset NO_ERROR", "2 finished"});
  }
}

TEST_CASE("with a goodbye that names an error the streams end by it") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.open();
  feed.say(id, Endpoint::server,
           test::http2_frame(FrameType::goaway, 0, 0, test::big(1, 4) + test::big(11, 4)));
  feed.end(id, Endpoint::server);
  feed.end(id, Endpoint::client);
  feed.finish(id);
  CHECK(notes.facts() == Lines{"2" + kRequest, "2" + kAnswer, "2 server fin ENHANCE_YOUR_CALM",
                               "2 client fin", "2 finished"});
}

TEST_CASE("a loss within a stream's data is its own; behind others its streams stay open") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.open();
  feed.say(id, Endpoint::client,
           test::http2_data(1, "0123456789").substr(0, http2::kFrameHeaderSize + 4));
  feed.flaw(id, FlawKind::lost);
  feed.give(id, session::BytesMissed{.direction = Direction::client_to_server, .count = 6});
  CHECK(notes.lines.back() == "2 @4000 client_to_server missed 6");
  CHECK(notes.flaws.back().kind == FlawKind::lost);
  CHECK_FALSE(notes.flaws.back().connection);
  feed.give(id, session::BytesMissed{.direction = Direction::client_to_server, .count = 6});
  CHECK(notes.count(FlawKind::lost) == 2);
  CHECK(notes.flaws.back().kind == FlawKind::still_open);
  CHECK(notes.flaws.back().connection == 2);
  const std::size_t told = notes.lines.size();
  feed.say(id, Endpoint::client, test::http2_request(5));
  feed.finish(id);
  CHECK(notes.lines.size() == told);
}

TEST_CASE("the capture ends before the connection does: each open stream is said to go on") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.open();
  feed.flaw(id, FlawKind::still_open);
  CHECK(notes.flaws.size() == 1);
  CHECK(notes.flaws.back().connection == 2);
}

TEST_CASE("hostile: memory has a limit for all, and the others go on") {
  InputNotes notes;
  Feed feed(notes, {.memory = 64 * 1024});
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(feed.open());
  CHECK(notes.count(FlawKind::not_kept) > 0);
  const std::size_t given_up = notes.count(FlawKind::not_kept);
  CHECK(given_up < 10);
  feed.say(ids.front(), Endpoint::client, test::http2_data(1, "still here"));
  CHECK(notes.lines.back().ends_with("client_to_server still here"));
  // What was given back has room for others.
  for (const std::uint64_t id : ids) feed.finish(id);
  feed.open();
  CHECK(notes.count(FlawKind::not_kept) == given_up);
}

TEST_CASE("a stream that is not followed is said") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.start();
  std::string section = test::hpack({{":method", "CONNECT"}, {":protocol", "websocket"}});
  for (int i = 0; i < 600; ++i) section += test::hpack_literal("x", std::string(120, 'y'));
  feed.say(id, Endpoint::client,
           test::http2_client_start() +
               test::http2_frame(FrameType::headers, http2::kEndHeaders, 1, section));
  REQUIRE(notes.flaws.size() == 1);
  CHECK(notes.flaws[0].text ==
        "192.0.2.1:5000 to 192.0.2.2:443: HTTP/2 stream 1 is passed over: its request is too long");
}

TEST_CASE("a stream whose answer is too long is left as open, and nobody is blamed for it") {
  InputNotes notes;
  Feed feed(notes);
  const std::uint64_t id = feed.start();
  feed.say(id, Endpoint::client, test::http2_client_start() + test::http2_request(1));
  std::string section = test::hpack({{":status", "200"}});
  for (int i = 0; i < 600; ++i) section += test::hpack_literal("x", std::string(120, 'y'));
  feed.say(id, Endpoint::server,
           test::http2_server_start() +
               test::http2_frame(FrameType::headers, http2::kEndHeaders, 1, section));
  feed.say(id, Endpoint::client, test::http2_data(1, "more"));
  feed.end(id, Endpoint::server);
  feed.finish(id);
  CHECK(notes.facts() ==
        Lines{"2" + kRequest, "flaw not_kept at 0 bytes 0", "2 flaw still_open at 0 bytes 0"});
}
