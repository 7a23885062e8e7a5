#include "capture/tcp_connections.h"

#include <doctest/doctest.h>

#include <string>

#include "support/input_notes.h"
#include "support/packets.h"

using namespace lastframe;
using capture::FlawKind;
using test::kAck;
using test::kSyn;
using test::Segment;

namespace {

void take(capture::TcpConnections& connections, const Segment& segment, int ms = 0) {
  const std::string packet = test::ipv4_of(segment);
  const auto found =
      capture::segment_of({.link_type = 101,
                           .at = {},
                           .captured = as_bytes(packet),
                           .original_length = static_cast<std::uint32_t>(packet.size())});
  REQUIRE(found);
  connections.take(*found, WallTime(std::chrono::milliseconds(1'000'000 + ms)));
}

void say(capture::TcpConnections& connections, std::uint16_t port, std::uint32_t sequence,
         const std::string& text) {
  take(connections, {true, sequence, 9001, kAck, text, port});
}

}  // namespace

TEST_CASE(
    "over the limit, the connection that was silent the longest is left, and it is said once") {
  test::InputNotes notes;
  capture::ConnectionIds ids;
  capture::TcpConnections connections(notes, ids, {.connections = 3});
  for (std::uint16_t port = 5001; port <= 5003; ++port) say(connections, port, 100, "hello");
  say(connections, 5001, 105, "again");
  say(connections, 5004, 100, "hello");
  say(connections, 5005, 100, "hello");
  CHECK(notes.count(FlawKind::not_kept) == 1);
  CHECK(notes.count(FlawKind::still_open) == 2);
  CHECK(*notes.flaws.back().connection == 3);
  say(connections, 5001, 110, "!");
  CHECK(notes.streams.at(1)[0] == "helloagain!");
  connections.finish();
  CHECK(notes.count(FlawKind::still_open) == 5);
}

TEST_CASE("over the limit of all, what waits longest is told with its holes") {
  test::InputNotes notes;
  capture::ConnectionIds ids;
  capture::TcpConnections connections(notes, ids, {.held = 3000});
  const std::string part(1000, 'x');
  for (std::uint16_t port = 5001; port <= 5003; ++port) say(connections, port, 100, "a");
  say(connections, 5002, 200, part);
  say(connections, 5001, 200, part);
  CHECK(notes.count(FlawKind::lost) == 0);
  say(connections, 5003, 200, part);
  REQUIRE(notes.count(FlawKind::lost) == 1);
  CHECK(*notes.flaws.back().connection == 2);
  CHECK(notes.flaws.back().bytes == 99);
  CHECK(notes.streams.at(2)[0] == "a" + part);
  CHECK(notes.streams.at(1)[0] == "a");
}

TEST_CASE("over the limit of one direction, its own holes are given up") {
  test::InputNotes notes;
  capture::ConnectionIds ids;
  capture::TcpConnections connections(notes, ids, {.held_of_stream = 3000});
  const std::string part(1000, 'x');
  say(connections, 5001, 100, "a");
  for (std::uint32_t i = 0; i < 3; ++i) say(connections, 5001, 200 + 2000 * i, part);
  CHECK(notes.count(FlawKind::lost) == 1);
  CHECK(notes.streams.at(1)[0] == "a" + part);
}

TEST_CASE("of connections that are over, only so many are remembered") {
  test::InputNotes notes;
  capture::ConnectionIds ids;
  capture::TcpConnections connections(notes, ids, {.remembered = 2});
  for (std::uint16_t port = 5001; port <= 5003; ++port) {
    for (Segment segment : test::conversation("GET", "101")) {
      segment.client_port = port;
      take(connections, segment);
    }
  }
  CHECK(notes.flaws.empty());
  // The first one is forgotten: what comes of it now begins anew.
  say(connections, 5003, 1001, "GET");
  say(connections, 5002, 1001, "GET");
  CHECK(notes.flaws.empty());
  say(connections, 5001, 1001, "GET");
  CHECK(notes.count(FlawKind::joined_late) == 1);
}
