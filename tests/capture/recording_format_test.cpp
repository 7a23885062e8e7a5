#include "capture/recording_format.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "capture/reader.h"
#include "support/recorded_sink.h"

namespace lastframe::capture {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the checksum is the one of PNG and zlib") {
  // The check value of ISO 3309's CRC-32.
  CHECK(crc32_of(as_bytes("123456789")) == 0xCBF43926u);
  CHECK(crc32_of({}) == 0);
}

TEST_CASE("a block is marker, type, length, payload and checksum, in little-endian order") {
  const std::string block = end_block(5, 300);
  CHECK(block.size() == kBlockHead + 3 + kBlockTail);
  CHECK(block.substr(0, 4) == "\xA3\xF4\x0C\xB1");
  CHECK(block.substr(4, 2) == std::string("\x05\x00", 2));
  CHECK(block.substr(6, 4) == std::string("\x03\x00\x00\x00", 4));
  CHECK(block.substr(10, 3) == "\x05\xAC\x02");
  const std::uint32_t crc = crc32_of(as_bytes(std::string_view(block).substr(4, 9)));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(static_cast<unsigned char>(block[13 + i]) == (crc >> (8 * i) & 0xFF));
  }
}

TEST_CASE("each field of a start, a record, an end and a gap is read as it was written") {
  test::RecordedSink sink;
  const auto reader = make_recording_reader(sink);
  ConnectionStart start{.id = ~std::uint64_t{0},
                        .client = "203.0.113.9:50122",
                        .server = "10.0.0.7:9000",
                        .listener = "chat",
                        .upstream = "chat-a",
                        .tap = "",
                        .is_client_trusted = true,
                        .resynchronises = true,
                        .watched_head = 1234,
                        .accepted = Moment(-5s),
                        .accepted_wall = WallTime(std::chrono::seconds(1'800'000'000))};
  const std::string file = recording_head("before", "lastframe 1") + start_block(start) +
                           dropped_block({.kind = FlawKind::not_kept,
                                          .connection = start.id,
                                          .direction = Direction::server_to_client,
                                          .offset = 3,
                                          .bytes = 70'000,
                                          .text = "gone"}) +
                           record_block(start.id, "{\"event\":1}") + end_block(start.id, 2'000'000);
  reader->feed(as_bytes(file));
  reader->finish();
  REQUIRE(sink.starts.size() == 1);
  CHECK(sink.starts[0] ==
        "1 session 18446744073709551615 203.0.113.9:50122 -> 10.0.0.7:9000 chat chat-a tap before "
        "trusted resynchronises 1234 at -5000000 wall 1800000000000000");
  REQUIRE(sink.flaws.size() == 1);
  CHECK(sink.flaws[0].kind == FlawKind::not_kept);
  CHECK(sink.flaws[0].connection == 1);
  CHECK(sink.flaws[0].direction == Direction::server_to_client);
  CHECK(sink.flaws[0].offset == 3);
  CHECK(sink.flaws[0].bytes == 70'000);
  CHECK(sink.flaws[0].text == "gone");
  CHECK(sink.records == std::vector<std::string>{"1 {\"event\":1}"});
  CHECK(sink.inputs == std::vector<std::string>{"1 at -3000000 finished"});
}

TEST_CASE("a start's own tap counts before the file's") {
  test::RecordedSink sink;
  const auto reader = make_recording_reader(sink);
  reader->feed(
      as_bytes(recording_head("file", "p") + start_block({.id = 1, .client = "a", .tap = "own"})));
  REQUIRE(sink.starts.size() == 1);
  CHECK(sink.starts[0].find("tap own") != std::string::npos);
}

}  // namespace
}  // namespace lastframe::capture
