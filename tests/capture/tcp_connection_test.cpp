#include "capture/tcp_connection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "capture/tcp_connections.h"
#include "support/input_notes.h"
#include "support/packets.h"

using namespace lastframe;
using capture::FlawKind;
using test::InputNotes;
using test::kAck;
using test::kFin;
using test::kRst;
using test::kSyn;
using test::Segment;

namespace {

struct Timed {
  std::int64_t ms;
  Segment segment;
};

void take(capture::TcpConnections& connections, std::int64_t ms, const Segment& segment) {
  const std::string packet = test::ipv4_of(segment);
  const auto found =
      capture::segment_of({.link_type = 101,
                           .at = {},
                           .captured = as_bytes(packet),
                           .original_length = static_cast<std::uint32_t>(packet.size())});
  REQUIRE(found);
  connections.take(*found, WallTime(std::chrono::milliseconds(1'000'000 + ms)));
}

InputNotes notes_of(const std::vector<Timed>& packets) {
  InputNotes notes;
  capture::ConnectionIds ids;
  capture::TcpConnections connections(notes, ids);
  for (const Timed& packet : packets) take(connections, packet.ms, packet.segment);
  connections.finish();
  return notes;
}

InputNotes notes_of(const std::vector<Segment>& segments) {
  std::vector<Timed> packets;
  for (const Segment& segment : segments) {
    packets.push_back({static_cast<std::int64_t>(packets.size()), segment});
  }
  return notes_of(packets);
}

using Lines = std::vector<std::string>;

std::vector<Segment> opening() {
  auto segments = test::conversation("", "");
  segments.resize(3);
  return segments;
}

std::vector<Segment> operator+(std::vector<Segment> one, const std::vector<Segment>& more) {
  one.insert(one.end(), more.begin(), more.end());
  return one;
}

}  // namespace

TEST_CASE("a reset ends both directions, and says whose it was") {
  for (const bool is_client_s : {true, false}) {
    const std::uint32_t sequence = is_client_s ? 1004 : 9001;
    const InputNotes notes =
        notes_of(opening() + std::vector<Segment>{{true, 1001, 9001, kAck, "GET"},
                                                  {is_client_s, sequence, 0, kRst}});
    const Lines facts = notes.facts();
    REQUIRE(facts.size() == 5);
    CHECK(facts[1] == (is_client_s ? "1 client reset" : "1 server reset"));
    CHECK(facts[2].find(is_client_s ? "ECONNRESET" : "unacked 0 ") != std::string::npos);
    CHECK(facts[3] == "1 server rtt 1.000000 retransmits 0 unacked 3 " +
                          std::string(is_client_s ? "" : "ECONNRESET"));
    CHECK(facts[4] == "1 finished");
  }
}

TEST_CASE("a reset with a number from elsewhere ends nothing") {
  const InputNotes notes =
      notes_of(opening() + std::vector<Segment>{{false, 9001 + 0x70000000, 0, kRst},
                                                {true, 1001, 9001, kAck, "GET"}});
  CHECK(notes.facts() == Lines{"1 client_to_server GET", "1 flaw still_open at 0 bytes 0"});
}

TEST_CASE("a port that refuses is no connection, nor is one that nobody answers") {
  CHECK(
      notes_of(std::vector<Segment>{{true, 5, 0, kSyn}, {false, 0, 6, kRst | kAck}}).lines.empty());
  CHECK(notes_of(std::vector<Segment>{{true, 5, 0, kSyn}, {true, 5, 0, kSyn}}).lines.empty());
  CHECK(notes_of(std::vector<Segment>{{true, 5, 9, kRst}}).lines.empty());
}

TEST_CASE("late packets of a connection that is over begin no other") {
  auto segments = test::conversation("GET", "101");
  const std::size_t size = notes_of(segments).lines.size();
  segments.push_back(segments[6]);
  segments.push_back(segments[4]);
  segments.push_back({true, 1005, 9005, kRst});
  CHECK(notes_of(segments).lines.size() == size);
}

TEST_CASE("a port that is used again is another connection") {
  const auto again = test::conversation("PUT", "200", 777'777, 888'888);
  SUBCASE("after an end in order") {
    const InputNotes notes = notes_of(test::conversation("GET", "101") + again);
    CHECK(notes.streams.at(1)[0] == "GET");
    CHECK(notes.streams.at(2)[0] == "PUT");
    CHECK(notes.streams.at(2)[1] == "200");
    CHECK(notes.flaws.empty());
  }
  SUBCASE("without an end") {
    auto first = test::conversation("GET", "101");
    first.resize(5);
    const InputNotes notes = notes_of(first + again);
    CHECK(notes.streams.at(2)[0] == "PUT");
    CHECK(notes.count(FlawKind::still_open) == 1);
    CHECK(*notes.flaws[0].connection == 1);
  }
  SUBCASE("whose SYN was sent twice is still one") {
    auto twice = test::conversation("GET", "101");
    twice.insert(twice.begin(), twice.front());
    const InputNotes notes = notes_of(twice);
    CHECK(notes.streams.size() == 1);
    CHECK(notes.lines[notes.lines.size() - 2].find("retransmits 1") != std::string::npos);
  }
}

TEST_CASE("a connection joined late finds its client") {
  struct Row {
    const char* name;
    Segment first;
    bool is_swapped;
  };
  const Row rows[] = {
      {"who asks", {false, 5, 9, kAck, "GET /chat HTTP/1.1"}, true},
      {"who is answered", {true, 5, 9, kAck, "HTTP/1.1 200 OK"}, true},
      {"TLS", {false, 5, 9, kAck, std::string("\x16\x03\x01\x02\x00\x01", 6)}, true},
      {"the higher port", {false, 5, 9, kAck, "?"}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const InputNotes notes = notes_of(std::vector<Segment>{row.first});
    REQUIRE(notes.lines.size() == 4);
    CHECK(notes.lines[0].find(row.is_swapped
                                  ? "start 192.0.2.2:80 192.0.2.1:50000"
                                  : "start 192.0.2.1:50000 192.0.2.2:80") != std::string::npos);
    CHECK(notes.count(FlawKind::joined_late) == 1);
  }
}

TEST_CASE("a SYN that comes behind bytes does not turn the sides of what was told") {
  const InputNotes notes = notes_of(
      std::vector<Segment>{{true, 1001, 0, kAck, "one"}, {false, 9000, 1004, kSyn, "two"}});
  const Lines expected{"1 flaw joined_late at 0 bytes 0", "1 client_to_server one",
                       "1 server_to_client two", "1 flaw still_open at 0 bytes 0"};
  CHECK(notes.facts() == expected);
}

TEST_CASE("a SYN that was missed is known from its answer") {
  auto segments = test::conversation("GET", "101");
  segments.erase(segments.begin());
  const InputNotes notes = notes_of(segments);
  CHECK(notes.flaws.empty());
  CHECK(notes.facts() == Lines{"1 client_to_server GET", "1 server_to_client 101", "1 client fin",
                               "1 server fin", "1 finished"});
}

TEST_CASE("what the receiver has and the capture has not is missed, after a moment of disorder") {
  const auto lost = opening() + std::vector<Segment>{{true, 1001, 9001, kAck, "GET"},
                                                     {true, 1008, 9001, kAck, "end"},
                                                     {false, 9001, 1011, kAck}};
  std::vector<Timed> packets;
  for (const Segment& segment : lost) packets.push_back({0, segment});
  SUBCASE("the packet came out of order") {
    packets.push_back({1, {true, 1004, 9001, kAck, "late"}});
    const InputNotes notes = notes_of(packets);
    CHECK(notes.streams.at(1)[0] == "GETlateend");
    CHECK(notes.count(FlawKind::lost) == 0);
  }
  SUBCASE("it does not come") {
    packets.push_back({300, {false, 9001, 1011, kAck, "ok"}});
    const InputNotes notes = notes_of(packets);
    CHECK(notes.facts() == Lines{"1 client_to_server GET", "1 server_to_client ok",
                                 "1 flaw lost client_to_server at 3 bytes 4",
                                 "1 client_to_server missed 4", "1 client_to_server end",
                                 "1 flaw still_open at 0 bytes 0"});
  }
  SUBCASE("many packets come instead") {
    for (int i = 0; i < 80; ++i) packets.push_back({0, {false, 9001, 1011, kAck}});
    InputNotes notes = notes_of(packets);
    CHECK(notes.facts()[2] == "1 client_to_server missed 4");
  }
  SUBCASE("and nothing behind it: the acknowledgement alone shows it") {
    packets.resize(4);
    packets.push_back({0, {false, 9001, 1011, kAck}});
    packets.push_back({300, {false, 9001, 1011, kAck, "ok"}});
    CHECK(notes_of(packets).facts()[3] == "1 client_to_server missed 7");
  }
}

TEST_CASE("what nobody acknowledges is waited for, but not for ever") {
  auto segments = opening() + std::vector<Segment>{{true, 1008, 9001, kAck, "end"}};
  std::vector<Timed> packets;
  for (const Segment& segment : segments) packets.push_back({0, segment});
  packets.push_back({50'000, {true, 1011, 9001, kAck, "!"}});
  InputNotes notes = notes_of(packets);
  // Only the end of the file tells it.
  CHECK(notes.lines.back() == "1 flaw still_open at 0 bytes 0");
  CHECK(notes.streams.at(1)[0] == "end!");
  packets.push_back({61'000, {false, 9001, 1001, kAck, "x"}});
  notes = notes_of(packets);
  CHECK(notes.facts()[2] == "1 client_to_server missed 7");
}

TEST_CASE("a packet that two interfaces saw is no retransmission") {
  const auto said = test::conversation("GET", "101");
  std::vector<Timed> packets;
  for (std::size_t i = 0; i < said.size(); ++i)
    packets.push_back({10 * static_cast<int>(i), said[i]});
  auto copied = packets;
  copied.insert(copied.begin() + 4, copied[3]);
  CHECK(notes_of(copied).lines == notes_of(packets).lines);
  auto sent_again = packets;
  sent_again.insert(sent_again.begin() + 4, {35, said[3]});
  const InputNotes notes = notes_of(sent_again);
  CHECK(notes.lines[notes.lines.size() - 2].find("server rtt 10.000000 retransmits 1") !=
        std::string::npos);
}

TEST_CASE("times that go back do not go back within a connection") {
  const auto said = test::conversation("GET", "101");
  std::vector<Timed> packets;
  for (const Segment& segment : said)
    packets.push_back({100 - static_cast<int>(packets.size()), segment});
  const InputNotes notes = notes_of(packets);
  for (const std::string& line : notes.lines) CHECK(line.starts_with("1 @0 "));
}

TEST_CASE("ends that stand behind holes end a connection") {
  const auto said = test::conversation("GET", "101");
  auto segments = said;
  segments.erase(segments.begin() + 3);
  const Lines facts{"1 server_to_client 101", "1 flaw lost client_to_server at 0 bytes 3",
                    "1 client_to_server missed 3", "1 client fin"};
  SUBCASE("as soon as both are acknowledged") {
    InputNotes notes;
    capture::ConnectionIds ids;
    capture::TcpConnections connections(notes, ids);
    for (const Segment& segment : segments) take(connections, 0, segment);
    CHECK(notes.lines.back() == "1 @0 finished");
    connections.finish();
    CHECK(notes.count(FlawKind::still_open) == 0);
    CHECK(notes.count(FlawKind::lost) == 1);
  }
  SUBCASE("at the end of the file") {
    segments.pop_back();
    const InputNotes notes = notes_of(segments);
    CHECK(notes.lines.back().ends_with("finished"));
    CHECK(notes.count(FlawKind::still_open) == 0);
    const Lines all = notes.facts();
    for (const std::string& fact : facts) CHECK(std::ranges::count(all, fact) == 1);
  }
}
