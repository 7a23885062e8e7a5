#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "capture/reader.h"
#include "capture/replay.h"
#include "core/session/session.h"
#include "support/handshake.h"
#include "support/input_notes.h"
#include "support/packets.h"
#include "support/recording_observer.h"
#include "support/splits.h"

using namespace lastframe;
using test::InputNotes;

namespace {

InputNotes read(const test::Split& split) {
  InputNotes notes;
  const auto reader = capture::make_packet_reader(notes);
  test::feed_parts(split, [&](std::string_view part) { reader->feed(as_bytes(part)); });
  reader->finish();
  return notes;
}

InputNotes read(std::string_view file) { return read(test::whole(file)); }

const std::vector<std::string> kWhole{
    "1 @0 start 192.0.2.1:50000 192.0.2.2:80 wall 1800000000000000",
    "1 @3000 client_to_server GET",
    "1 @4000 server_to_client 101",
    "1 @5000 client fin",
    "1 @6000 server fin",
    "1 @6000 client rtt 1.000000 retransmits 0 unacked 0 ",
    "1 @6000 server rtt 1.000000 retransmits 0 unacked 0 ",
    "1 @6000 finished"};

}  // namespace

TEST_CASE("a conversation comes as the session's inputs, from every kind of file") {
  const auto packets = test::packets_of(test::conversation("GET", "101"));
  for (const bool is_big : {false, true}) {
    CAPTURE(is_big);
    CHECK(read(test::pcap_of(packets, {.is_big = is_big})).lines == kWhole);
    CHECK(read(test::pcap_of(packets, {.is_big = is_big, .is_nano = true})).lines == kWhole);
    CHECK(read(test::pcapng_of(packets, is_big)).lines == kWhole);
  }
}

TEST_CASE("how a file is cut into parts changes nothing") {
  const auto packets = test::packets_of(test::conversation("GET", "101"));
  for (const std::string& file : {test::pcap_of(packets), test::pcapng_of(packets)}) {
    test::at_every_split(file, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(read(split).lines == kWhole);
    });
  }
}

TEST_CASE("a connection is told as far as it has come, before the file ends") {
  const std::string file = test::pcap_of(test::packets_of(test::conversation("GET", "101")));
  InputNotes notes;
  const auto reader = capture::make_packet_reader(notes);
  reader->feed(as_bytes(file));
  CHECK(notes.lines == kWhole);
}

TEST_CASE("a file that ends within a packet says so") {
  const std::string file = test::pcap_of(test::packets_of(test::conversation("GET", "101")));
  for (std::size_t size = 1; size < file.size(); ++size) {
    CAPTURE(size);
    const std::size_t record = 16 + 40;
    const bool is_at_border = size == 24 || size == 24 + record || size == 24 + 2 * record ||
                              size == 24 + 3 * record || size == 24 + 4 * record + 3 ||
                              size == 24 + 5 * record + 6 || size == 24 + 6 * record + 6 ||
                              size == 24 + 7 * record + 6;
    CHECK(read(file.substr(0, size)).count(capture::FlawKind::cut_off) == (is_at_border ? 0 : 1));
  }
}

TEST_CASE("what is no capture at all is one flaw") {
  const InputNotes notes = read("GET / HTTP/1.1\r\n\r\nand so on");
  CHECK(notes.lines == std::vector<std::string>{"flaw damaged at 0 bytes 0"});
  CHECK(read("").lines.empty());
}

TEST_CASE("a link type that is not known is said once, and its packets are skipped") {
  auto packets = test::packets_of(test::conversation("GET", "101"));
  const InputNotes notes = read(test::pcap_of(packets, {.link_type = 195}));
  REQUIRE(notes.flaws.size() == 1);
  CHECK(notes.lines.size() == 1);
  CHECK(notes.flaws[0].kind == capture::FlawKind::not_understood);
  CHECK(notes.flaws[0].text.find("195") != std::string::npos);
}

TEST_CASE("an open connection at the end of the file gets no Finished") {
  auto segments = test::conversation("GET", "101");
  segments.resize(5);
  const InputNotes notes = read(test::pcap_of(test::packets_of(segments)));
  CHECK(notes.lines.back() == "1 flaw still_open at 0 bytes 0");
  CHECK(notes.count(capture::FlawKind::still_open) == 1);
}

TEST_CASE("a capture's session gives the report that the same bytes give directly") {
  const std::string hello("\x81\x05hello", 7);
  const std::string bye("\x88\x82\0\0\0\0\x03\xe8", 8);
  const std::string request = std::string(test::kUpgradeRequest) + bye;
  const std::string response = std::string(test::kAcceptingResponse) + hello;
  const session::SessionOptions options{};

  test::RecordingObserver direct;
  capture::Replay live(options, direct);
  live.on_start({.id = 1,
                 .client = "192.0.2.1:50000",
                 .server = "192.0.2.2:80",
                 .accepted_wall = WallTime(std::chrono::microseconds(test::kEpochMicros))});
  const auto at = [](int ms) { return Moment(std::chrono::milliseconds(ms)); };
  live.on_input(1, at(3), session::BytesRelayed{Direction::client_to_server, as_bytes(request)});
  live.on_input(1, at(4), session::BytesRelayed{Direction::server_to_client, as_bytes(response)});
  live.on_input(1, at(5), session::StreamEnded{Endpoint::client, session::EndKind::fin});
  live.on_input(1, at(6), session::StreamEnded{Endpoint::server, session::EndKind::fin});
  const session::TransportFacts facts{.rtt_ms = 1, .error = {}};
  live.on_input(1, at(6), session::TransportSampled{Endpoint::client, facts});
  live.on_input(1, at(6), session::TransportSampled{Endpoint::server, facts});
  live.on_input(1, at(6), session::Finished{});
  REQUIRE(direct.records.size() == 1);

  const auto packets = test::packets_of(test::conversation(request, response));
  for (const std::string& file : {test::pcap_of(packets), test::pcapng_of(packets)}) {
    test::RecordingObserver captured;
    capture::Replay replay(options, captured);
    const auto reader = capture::make_packet_reader(replay);
    reader->feed(as_bytes(file));
    reader->finish();
    CHECK(captured.records == direct.records);
  }
  CHECK(!direct.reports[0].clean);
}
