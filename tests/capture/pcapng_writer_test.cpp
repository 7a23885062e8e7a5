#include "capture/pcapng_writer.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "capture/packet_layers.h"
#include "capture/packet_window.h"
#include "capture/pcapng_file.h"
#include "capture/reader.h"
#include "core/ws/opcode.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/input_notes.h"
#include "support/packets.h"
#include "support/temporary_file.h"

using namespace lastframe;
using namespace std::chrono_literals;
using capture::FlawKind;
using session::BytesMissed;
using session::BytesRelayed;
using session::EndKind;
using session::Finished;
using session::StreamEnded;
using Lines = std::vector<std::string>;

namespace {

constexpr WallTime kAccepted{1'800'000'000'000'000us};
constexpr Moment kBegin{};

class Written {
 public:
  Written() : writer([this](std::string_view bytes) { file += bytes; }) {}

  void start(std::uint64_t id, std::string_view client, std::string_view server) {
    writer.on_start({.id = id,
                     .client = client,
                     .server = server,
                     .accepted = kBegin,
                     .accepted_wall = kAccepted});
  }
  void say(std::uint64_t id, Direction direction, std::string_view bytes, Moment at = kBegin) {
    writer.on_input(id, at, BytesRelayed{direction, as_bytes(bytes)});
  }

  test::InputNotes read() {
    writer.finish();
    test::InputNotes notes;
    const auto reader = capture::make_packet_reader(notes);
    reader->feed(as_bytes(file));
    reader->finish();
    return notes;
  }

  std::vector<capture::TcpSegment> segments() {
    writer.finish();
    std::vector<capture::TcpSegment> found;
    capture::PcapngFile cutter;
    capture::PacketWindow window;
    window.add(as_bytes(file));
    while (const auto event = cutter.next(window)) {
      found.push_back(*capture::segment_of(std::get<capture::FilePacket>(*event)));
    }
    return found;
  }

  std::string file;
  capture::PcapngWriter writer;
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe);
  std::string text;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    text += static_cast<char>(c);
  }
  return text;
}

constexpr Direction kUp = Direction::client_to_server;
constexpr Direction kDown = Direction::server_to_client;

}  // namespace

TEST_CASE("what is written is read again: times, ends, missing bytes") {
  Written written;
  written.start(7, "203.0.113.9:50122", "10.0.0.7:9000");
  written.say(7, kUp, "GET /", kBegin + 5ms);
  written.say(7, kDown, "101", kBegin + 7ms);
  written.writer.on_input(7, kBegin + 8ms, BytesMissed{kDown, 1000});
  written.say(7, kDown, "end", kBegin + 9ms);
  SUBCASE("in order, the client first") {
    written.writer.on_input(7, kBegin + 10ms, StreamEnded{Endpoint::client, EndKind::fin});
    written.writer.on_input(7, kBegin + 11ms, StreamEnded{Endpoint::server, EndKind::fin});
    written.writer.on_input(7, kBegin + 11ms, Finished{});
    CHECK(written.read().lines ==
          Lines{"1 @0 start 203.0.113.9:50122 10.0.0.7:9000 wall 1800000000000000",
                "1 @5000 client_to_server GET /", "1 @7000 server_to_client 101",
                "1 flaw snapped server_to_client at 3 bytes 1000",
                "1 @7000 server_to_client missed 1000", "1 @9000 server_to_client end",
                "1 @10000 client fin", "1 @11000 server fin",
                "1 @11000 client rtt 0.000000 retransmits 0 unacked 0 ",
                "1 @11000 server rtt 0.000000 retransmits 0 unacked 0 ", "1 @11000 finished"});
  }
  SUBCASE("by a reset of either side") {
    for (const Endpoint endpoint : kEndpoints) {
      Written again;
      again.start(7, "203.0.113.9:50122", "10.0.0.7:9000");
      again.say(7, kUp, "GET /", kBegin + 5ms);
      again.say(7, kDown, "101", kBegin + 7ms);
      again.writer.on_input(7, kBegin + 10ms, StreamEnded{endpoint, EndKind::reset});
      again.writer.on_input(7, kBegin + 11ms, Finished{});
      const Lines lines = again.read().lines;
      REQUIRE(lines.size() == 7);
      CHECK(lines[3] == "1 @10000 " + std::string(name(endpoint)) + " reset");
      CHECK(lines[4].find("unacked 0") != std::string::npos);
      CHECK(lines[5].find("unacked 0") != std::string::npos);
      CHECK(lines[6] == "1 @10000 finished");
    }
  }
}

TEST_CASE("what a reader reads, a writer writes, and it is the same again") {
  const auto notes_of = [](const std::string& file) {
    test::InputNotes notes;
    const auto reader = capture::make_packet_reader(notes);
    reader->feed(as_bytes(file));
    reader->finish();
    return notes;
  };
  // The opening takes no time in what is written.
  auto packets = test::packets_of(test::conversation("GET", "101"));
  for (std::size_t i = 0; i < 3; ++i) packets[i].micros = packets[0].micros;
  packets[4].original = static_cast<std::uint32_t>(packets[4].bytes.size());
  packets[4].bytes.pop_back();  // cut short
  const std::string first = test::pcap_of(packets);
  Written written;
  const auto reader = capture::make_packet_reader(written.writer);
  reader->feed(as_bytes(first));
  reader->finish();
  written.writer.finish();
  CHECK(notes_of(first).lines == notes_of(written.file).lines);
  CHECK(notes_of(first).count(FlawKind::snapped) == 1);
}

TEST_CASE("a stream of HTTP/2 is written as the HTTP/1.1 that programs know a WebSocket by") {
  Written written;
  written.start(7, "203.0.113.9:50122", "10.0.0.7:9000");
  written.writer.on_input(
      7, kBegin, session::HeadRelayed{kUp, "CONNECT /chat HTTP/2.0\r\nhost: a.example\r\n\r\n"});
  written.writer.on_input(7, kBegin, session::HeadRelayed{kDown, "HTTP/2.0 200\r\n\r\n"});
  written.say(7, kDown, "frames");
  written.writer.on_input(7, kBegin, Finished{});
  test::InputNotes notes = written.read();
  CHECK(
      notes.streams[1][index(kUp)] ==
      "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nhost: a.example\r\n\r\n");
  CHECK(notes.streams[1][index(kDown)] ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\n\r\nframes");
  CHECK(written.file.find("a head of an HTTP/2 stream") != std::string::npos);
}

TEST_CASE("IPv6 addresses stay, and what is no address is one of this machine, always the same") {
  struct Row {
    const char* client;
    const char* server;
    std::string start;
  };
  const Row rows[] = {
      {"[2001:db8::1]:50000", "[::1]:443", "[2001:db8::1]:50000 [::1]:443"},
      {"203.0.113.9:50122", "[2001:db8::2]:80", "203.0.113.9:50122 [2001:db8::2]:80"},
      {"unix:", "unix:/run/chat.sock", ""},
      {"example.com:80", "10.0.0.7:99999", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.client);
    std::string starts[2];
    for (std::string& start : starts) {
      Written written;
      written.start(3, row.client, row.server);
      written.say(3, kUp, "GET");
      start = written.read().lines[0];
    }
    CHECK(starts[0] == starts[1]);
    if (!row.start.empty()) {
      CHECK(starts[0].find("start " + row.start + " ") != std::string::npos);
    } else {
      CHECK(starts[0].find(" 127.0.0.") != std::string::npos);
      CHECK(starts[0].find(":80 wall") != std::string::npos);
    }
  }
}

TEST_CASE("a server that becomes known later is the right one from the first packet on") {
  Written written;
  written.start(1, "192.0.2.1:50000", "");
  written.writer.on_input(1, kBegin, session::ClientNamed{"192.0.2.9:1234"});
  written.writer.on_input(1, kBegin + 2ms, session::UpstreamConnected{.address = "192.0.2.3:9000"});
  written.say(1, kUp, "GET", kBegin + 3ms);
  CHECK(written.read().lines[0] ==
        "1 @0 start 192.0.2.9:1234 192.0.2.3:9000 wall 1800000000000000");
}

TEST_CASE("a server that refuses answers the SYN with a reset") {
  Written written;
  written.start(1, "192.0.2.1:50000", "");
  written.writer.on_input(1, kBegin, session::ConnectFailed{"192.0.2.3:9000", "ECONNREFUSED"});
  written.writer.on_input(1, kBegin, Finished{});
  const auto segments = written.segments();
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].is_syn);
  CHECK(segments[1].is_reset);
  CHECK(written.file.find("ECONNREFUSED") != std::string::npos);
}

TEST_CASE("large parts are cut, acknowledged on the way, and whole again") {
  std::string large(300'000, '?');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i % 251);
  Written written;
  written.start(1, "192.0.2.1:50000", "192.0.2.2:80");
  written.say(1, kDown, large);
  written.writer.on_input(1, kBegin, BytesMissed{kDown, 200'000});
  written.say(1, kDown, "end");
  std::size_t acknowledged = 0;
  for (const capture::TcpSegment& segment : written.segments()) {
    CHECK(segment.payload_length <= 65'535 - 60);
    acknowledged += segment.from.port == 50'000 && segment.payload_length == 0 ? 1 : 0;
  }
  CHECK(acknowledged > 3);
  const test::InputNotes notes = written.read();
  CHECK(notes.streams.at(1)[1] == large + "end");
}

TEST_CASE("missing bytes stand in the packet of what came before them, which the wire had whole") {
  Written written;
  written.start(1, "192.0.2.1:50000", "192.0.2.2:80");
  written.say(1, kDown, "\x81\x7e\x03\xe8");
  written.writer.on_input(1, kBegin, BytesMissed{kDown, 1000});
  written.say(1, kUp, "\x8a");
  written.writer.on_input(1, kBegin, BytesMissed{kDown, 5});
  std::vector<std::size_t> sizes;
  for (const capture::TcpSegment& segment : written.segments()) {
    if (segment.payload_length > 0) sizes.push_back(segment.payload_length);
  }
  CHECK(sizes == std::vector<std::size_t>{1004, 1, 5});
}

TEST_CASE("more missing bytes than anybody writes packets for are a gap in the numbers") {
  Written written;
  written.start(1, "192.0.2.1:50000", "192.0.2.2:80");
  written.say(1, kDown, "begin");
  written.writer.on_input(1, kBegin, BytesMissed{kDown, 100'000'000});
  written.say(1, kDown, "end");
  CHECK(written.file.size() < 1000);
  const test::InputNotes notes = written.read();
  CHECK(notes.streams.at(1)[1] == "beginend");
  REQUIRE(notes.count(FlawKind::lost) == 1);
  CHECK(notes.flaws[0].bytes == 100'000'000);
}

TEST_CASE("a comment stands on the last packet, else on the connection's next one") {
  const auto comment = [](std::string text) { return test::option(1, std::move(text)); };
  Written written;
  written.start(1, "192.0.2.1:50000", "192.0.2.2:80");
  written.say(1, kUp, "bad frame");
  written.writer.comment(1, "rule FR-01");
  written.start(2, "192.0.2.1:50001", "192.0.2.2:80");
  written.writer.comment(1, "later");
  written.say(2, kUp, "another");
  CHECK(written.file.find("bad frame" + std::string(3, '\0') + comment("rule FR-01")) !=
        std::string::npos);
  CHECK(written.file.find("later") == std::string::npos);
  written.say(1, kUp, "next one");
  written.writer.finish();
  CHECK(written.file.find("next one" + comment("later")) != std::string::npos);
}

TEST_CASE("a record's comment is written with the end, however the connection ended") {
  const std::string record = R"({"close":{"code":1006},"cause":{"id":"x","summary":"y"}})";
  for (const EndKind how : {EndKind::fin, EndKind::reset, EndKind::timeout, EndKind::proxy_shutdown,
                            EndKind::tls_truncated, EndKind::error}) {
    CAPTURE(name(how));
    Written written;
    written.start(1, "192.0.2.1:50000", "192.0.2.2:80");
    written.say(1, kUp, "GET");
    written.writer.on_input(1, kBegin, StreamEnded{Endpoint::client, how});
    written.start(2, "192.0.2.1:50001", "192.0.2.2:80");
    written.writer.on_record(1, record);
    written.writer.on_input(1, kBegin, Finished{});
    const test::InputNotes notes = written.read();
    CHECK(written.file.find("close 1006; cause: x: y") != std::string::npos);
    CHECK(notes.streams.at(1)[0] == "GET");
    const bool is_ordinary = how == EndKind::fin || how == EndKind::reset;
    CHECK((written.file.find("stream ended: " + std::string(name(how))) != std::string::npos) !=
          is_ordinary);
  }
}

TEST_CASE("a comment can do nothing to the file or the terminal") {
  Written written;
  written.start(1, "192.0.2.1:50000", "192.0.2.2:80");
  written.writer.comment(1, "\x1b[2J\r\n\xff" + std::string(100'000, 'x'));
  written.say(1, kUp, "GET");
  const test::InputNotes notes = written.read();
  CHECK(notes.streams.at(1)[0] == "GET");
  CHECK(notes.count(FlawKind::damaged) == 0);
  CHECK(written.file.find("\x1b[2J") == std::string::npos);
  CHECK(written.file.size() < 20'000);
}

TEST_CASE("Wireshark finds the frames, the right checksums, nothing strange, and the comments") {
  if (std::system("command -v tshark >/dev/null") != 0) {
    MESSAGE("skipped: there is no tshark");
    return;
  }
  Written written;
  std::string expected;
  // A port that Wireshark takes for TLS, and others; IPv6; no address at all.
  const char* const servers[] = {"10.0.0.7:443", "10.0.0.7:9000", "[2001:db8::1]:8080", "unix:/a"};
  std::uint64_t id = 0;
  for (const char* server : servers) {
    const std::string stream = std::to_string(id++);
    written.start(id, "203.0.113.9:50122", server);
    written.say(id, kUp, test::kUpgradeRequest, kBegin + 1ms);
    written.say(id, kDown, test::kAcceptingResponse, kBegin + 2ms);
    for (const std::size_t size : {0, 5, 125, 126, 70'000}) {
      const std::string payload(size, 'x');
      const std::string length = size < 126    ? std::to_string(size) + "\t\t"
                                 : size == 126 ? "126\t126\t"
                                               : "127\t\t70000";
      for (const Endpoint from : kEndpoints) {
        written.say(id, direction_from(from), test::frame(from, ws::Opcode::binary, payload));
        expected += stream + "\t2\t" + length + "\t\n";
      }
    }
    written.say(id, kUp, test::frame(Endpoint::client, ws::Opcode::close, "\x03\xe9"));
    written.writer.comment(id, "rule FR-01");
    expected += stream + "\t8\t2\t\t\trule FR-01\n";
    written.writer.on_input(id, kBegin, StreamEnded{Endpoint::client, EndKind::fin});
    written.writer.on_input(id, kBegin, StreamEnded{Endpoint::server, EndKind::fin});
    written.writer.on_input(id, kBegin, Finished{});
  }
  written.writer.finish();
  const TemporaryFile file(written.file);
  const std::string tshark = "tshark -r " + file.path() + " 2>/dev/null -T fields ";
  CHECK(output_of(tshark +
                  "-Y websocket -e tcp.stream -e websocket.opcode -e websocket.payload_length "
                  "-e websocket.payload_length_ext_16 -e websocket.payload_length_ext_64 "
                  "-e frame.comment") == expected);
  CHECK(output_of(tshark + "-o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE "
                           "-Y 'tcp.analysis.flags or _ws.malformed or tcp.checksum.status != 1 or "
                           "ip.checksum.status != 1' -e frame.number")
            .empty());
}
