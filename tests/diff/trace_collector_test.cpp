#include "diff/trace_collector.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/two_taps.h"

namespace lastframe::diff {
namespace {

using test::said;
using test::Seen;

TEST_CASE("a connection that never asks for a WebSocket is counted, not kept") {
  std::vector<Trace> traces;
  TraceCollector collector([&](Trace trace) { traces.push_back(std::move(trace)); });
  const Seen plain{.request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                   .response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
  const Seen other{};
  test::Feeder(plain, 0, test::Payload::seen, collector, 1).run();
  test::Feeder(other, 0, test::Payload::seen, collector, 2).run();
  CHECK(collector.connections() == 2);
  CHECK(collector.others() == 1);
  REQUIRE(traces.size() == 1);
  CHECK(traces[0].key == "dGhlIHNhbXBsZSBub25jZQ==");
  CHECK(traces[0].accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(traces[0].status == 101);
  CHECK(traces[0].stage == Stage::open);
  CHECK(traces[0].is_finished);
}

TEST_CASE("a refusal keeps its status, and a connection without an end is not finished") {
  const Trace refused = test::trace_of(
      {.response = "HTTP/1.1 503 Nope\r\nContent-Length: 0\r\n\r\n", .is_finished = false});
  CHECK(refused.stage == Stage::refused);
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.is_finished);
}

TEST_CASE("what stood before a connection's own bytes says who and where") {
  Trace trace;
  TraceCollector collector([&](Trace made) { trace = std::move(made); });
  collector.on_start({.id = 1, .client = "192.0.2.1:1", .server = "192.0.2.2:80"});
  collector.on_input(1, Moment{}, session::ClientNamed{"203.0.113.9:50122"});
  collector.on_input(1, Moment{}, session::UpstreamConnected{"chat.example:443"});
  const std::string request(test::kUpgradeRequest);
  collector.on_input(1, Moment{},
                     session::BytesRelayed{Direction::client_to_server, as_bytes(request)});
  collector.finish();
  CHECK(trace.client == "203.0.113.9:50122");
  CHECK(trace.server == "chat.example:443");
}

TEST_CASE("a tunnel that is refused holds no connection") {
  std::vector<Trace> traces;
  TraceCollector collector([&](Trace trace) { traces.push_back(std::move(trace)); });
  test::Feeder({.request = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
                .response = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"},
               0, test::Payload::seen, collector)
      .run();
  CHECK(traces.empty());
  CHECK(collector.others() == 1);
}

TEST_CASE("a reset behind a stream's own FIN is told apart from the end") {
  const Trace trace = test::trace_of({.ends = {{Endpoint::client, session::EndKind::fin, 5},
                                               {Endpoint::client, session::EndKind::reset, 6}}});
  REQUIRE(trace.ends[index(Endpoint::client)]);
  CHECK(trace.ends[index(Endpoint::client)]->how == session::EndKind::fin);
  CHECK(trace.has_left[index(Endpoint::client)]);
  CHECK_FALSE(trace.has_left[index(Endpoint::server)]);
}

TEST_CASE("frames that come with the request are the client's first ones") {
  Seen seen;
  seen.request += said(Endpoint::client, ws::Opcode::text, "early").bytes();
  const Trace trace = test::trace_of(seen);
  const DirectionTrace& up = trace.direction(Direction::client_to_server);
  REQUIRE(up.items.size() == 1);
  CHECK(up.items[0].offset == 0);
  CHECK(up.sample(up.items[0]) == "early");
}

TEST_CASE("connections of a capture share a number of frames, and give them back") {
  std::vector<Trace> traces;
  TraceCollector collector([&](Trace trace) { traces.push_back(std::move(trace)); }, 3);
  Seen seen;
  seen.frames = {said(Endpoint::client, ws::Opcode::text, "one"),
                 said(Endpoint::client, ws::Opcode::text, "two")};
  const auto frames_of_next = [&](std::uint64_t id) {
    test::Feeder(seen, 0, test::Payload::seen, collector, id).run();
    const DirectionTrace& up = traces.back().direction(Direction::client_to_server);
    return std::pair(up.frames.size(), up.frames_over);
  };
  CHECK(frames_of_next(1) == std::pair<std::size_t, std::uint64_t>(2, 0));
  CHECK(frames_of_next(2) == std::pair<std::size_t, std::uint64_t>(1, 1));
  traces.clear();
  CHECK(frames_of_next(3) == std::pair<std::size_t, std::uint64_t>(2, 0));
}

TEST_CASE("early frames whose payload is not there are frames, too") {
  std::vector<Trace> traces;
  TraceCollector collector([&](Trace trace) { traces.push_back(std::move(trace)); });
  collector.on_start({.id = 1, .client = "192.0.2.1:1"});
  const auto relay = [&](Direction direction, std::string_view bytes) {
    collector.on_input(1, Moment{}, session::BytesRelayed{direction, as_bytes(bytes)});
  };
  const test::Said frame = said(Endpoint::client, ws::Opcode::text, "early");
  relay(Direction::client_to_server, test::kUpgradeRequest);
  for (int i = 0; i < 2; ++i) {
    relay(Direction::client_to_server, test::encode(frame.header));
    collector.on_input(1, Moment{},
                       session::BytesMissed{.direction = Direction::client_to_server,
                                            .count = 5,
                                            .is_frame_next = true,
                                            .digest = 17});
  }
  relay(Direction::server_to_client, test::kAcceptingResponse);
  relay(Direction::client_to_server, frame.bytes());
  collector.finish();
  REQUIRE(traces.size() == 1);
  CHECK(traces[0].status == 101);
  CHECK_FALSE(traces[0].is_partial);
  const DirectionTrace& up = traces[0].direction(Direction::client_to_server);
  REQUIRE(up.items.size() == 3);
  CHECK(up.items[0].content == 17);
  CHECK(up.items[1].content == 17);
  CHECK(up.items[1].offset == 11);
  CHECK(up.sample(up.items[2]) == "early");
}

TEST_CASE("frames that come with the 101 are the server's first ones") {
  Seen seen;
  seen.response += said(Endpoint::server, ws::Opcode::text, "early").bytes();
  const Trace trace = test::trace_of(seen);
  const DirectionTrace& down = trace.direction(Direction::server_to_client);
  REQUIRE(down.items.size() == 1);
  CHECK(down.sample(down.items[0]) == "early");
}

TEST_CASE("a connection that the capture joined late is looked for frames") {
  std::vector<Trace> traces;
  TraceCollector collector([&](Trace trace) { traces.push_back(std::move(trace)); });
  collector.on_start({.id = 7, .client = "192.0.2.1:1"});
  collector.on_flaw({.kind = capture::FlawKind::joined_late, .connection = 7, .text = "late"});
  std::string bytes = "the rest of something";
  for (const char* text : {"one", "two", "three", "four"}) {
    bytes += said(Endpoint::server, ws::Opcode::text, text).bytes();
  }
  collector.on_input(7, Moment{},
                     session::BytesRelayed{Direction::server_to_client, as_bytes(bytes)});
  collector.finish();
  REQUIRE(traces.size() == 1);
  CHECK(traces[0].is_partial);
  const DirectionTrace& down = traces[0].direction(Direction::server_to_client);
  REQUIRE(down.items.size() == 5);
  CHECK(down.items[0].kind == ItemKind::gap);
  CHECK(down.sample(down.items[4]) == "four");
}

}  // namespace
}  // namespace lastframe::diff
