#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "capture/input_codec.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
#include "support/recorded_sink.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::capture {
namespace {

using session::BytesRelayed;
using test::RecordedSink;

std::string entry_of(const session::Input& input, std::uint64_t microseconds = 0) {
  std::string body;
  std::string entry;
  append_input(input, body);
  write_entry(body, microseconds, entry);
  return entry;
}

std::string bytes_entry(std::string_view bytes, std::uint64_t microseconds = 0) {
  return entry_of(BytesRelayed{.direction = Direction::client_to_server, .bytes = as_bytes(bytes)},
                  microseconds);
}

std::string start_of(std::uint64_t id) {
  return start_block({.id = id, .client = "192.0.2.1:1", .accepted = Moment{}});
}

void read(std::string_view file, RecordedSink& sink) {
  const auto reader = make_recording_reader(sink);
  reader->feed(as_bytes(file));
  reader->finish();
}

// A block as the page draws it, with any payload.
std::string raw_block(unsigned type, std::string_view payload) {
  std::string block;
  Encoder encoder(block);
  encoder.fixed(kBlockMarker, 4);
  encoder.fixed(type, 2);
  encoder.fixed(payload.size(), 4);
  block += payload;
  encoder.fixed(crc32_of(as_bytes(std::string_view(block).substr(4))), 4);
  return block;
}

// Where the blocks of two connections begin, by connection; 0: of the file.
struct Placed {
  std::size_t begin;
  std::size_t end;
  std::uint64_t connection;
};
struct TwoConnections {
  std::string file;
  std::vector<Placed> blocks;

  void add(std::uint64_t connection, const std::string& bytes) {
    blocks.push_back({file.size(), file.size() + bytes.size(), connection});
    file += bytes;
  }
};

TwoConnections two_connections() {
  TwoConnections two;
  two.add(0, recording_head("tap", "test"));
  for (const std::uint64_t id : {71, 72}) two.add(id, start_of(id));
  for (const std::uint64_t id : {71, 72}) {
    two.add(id, inputs_block(id, 5, bytes_entry("hello", 10) + bytes_entry("world", 20)));
  }
  two.add(71, dropped_block({.kind = FlawKind::not_kept,
                             .connection = 71,
                             .direction = Direction::client_to_server,
                             .bytes = 3,
                             .text = "gone"}));
  for (const std::uint64_t id : {71, 72}) {
    two.add(id, record_block(id, "{\"event\":\"session_end\"}"));
    two.add(id, end_block(id, 900));
  }
  return two;
}

const std::vector<std::string> kWhole{"at 15 client_to_server hello",
                                      "at 35 client_to_server world", "at 900 finished"};

TEST_CASE("connections are told from their starts to their ends") {
  RecordedSink sink;
  read(two_connections().file, sink);
  CHECK(sink.starts.size() == 2);
  CHECK(sink.inputs_of(1) == kWhole);
  CHECK(sink.inputs_of(2) == kWhole);
  CHECK(sink.records.size() == 2);
  REQUIRE(sink.flaws.size() == 1);
  CHECK(sink.flaws[0].text == "gone");
}

TEST_CASE("property: parts of any size give the same, of whole files and of damaged ones") {
  std::string damaged = two_connections().file;
  damaged[two_connections().blocks[4].begin + 12] ^= 1;
  std::string behind = two_connections().file + "some bytes behind it all";
  // The last one may be the beginning of a block.
  for (const std::string& file :
       {two_connections().file, damaged, behind, behind + "\xA3\xF4", damaged + "\xA3"}) {
    RecordedSink whole;
    read(file, whole);
    test::at_every_split(file, [&](const test::Split& split) {
      CAPTURE(split.name);
      RecordedSink sink;
      const auto reader = make_recording_reader(sink);
      test::feed_parts(split, [&](std::string_view part) { reader->feed(as_bytes(part)); });
      reader->finish();
      CHECK(sink.starts == whole.starts);
      CHECK(sink.inputs == whole.inputs);
      CHECK(sink.records == whole.records);
      REQUIRE(sink.flaws.size() == whole.flaws.size());
      for (std::size_t i = 0; i < sink.flaws.size(); ++i) {
        CHECK(sink.flaws[i].kind == whole.flaws[i].kind);
        CHECK(sink.flaws[i].offset == whole.flaws[i].offset);
        CHECK(sink.flaws[i].bytes == whole.flaws[i].bytes);
      }
    });
  }
}

TEST_CASE("a byte that was changed costs its block: the damage is told, and all others are read") {
  const TwoConnections two = two_connections();
  for (const unsigned flip : {0x01u, 0x80u, 0xFFu}) {
    for (const Placed& block : two.blocks) {
      // Nobody needs the magic: the kind of the file is known by then.
      const std::size_t begin = block.begin == 0 ? kRecordingMagic.size() : block.begin;
      for (std::size_t at = begin; at < block.end; ++at) {
        CAPTURE(flip);
        CAPTURE(at);
        std::string file = two.file;
        file[at] = static_cast<char>(static_cast<unsigned char>(file[at]) ^ flip);
        RecordedSink sink;
        read(file, sink);
        const bool is_told = sink.has_flaw(FlawKind::damaged) || sink.has_flaw(FlawKind::cut_off);
        REQUIRE(is_told);
        const std::uint64_t spoilt = block.connection;
        for (const std::uint64_t id : {71, 72}) {
          if (id == spoilt) continue;
          // Where the first start is lost, the second connection is the first one told.
          const bool is_first = id == 71 || (spoilt == 71 && sink.starts.size() == 1);
          REQUIRE(sink.inputs_of(is_first ? 1 : 2) == kWhole);
        }
      }
    }
  }
}

TEST_CASE("a file may end anywhere: what stands before is told, and that it was cut") {
  const TwoConnections two = two_connections();
  RecordedSink whole;
  read(two.file, whole);
  for (std::size_t size = 0; size < two.file.size(); ++size) {
    CAPTURE(size);
    RecordedSink sink;
    read(std::string_view(two.file).substr(0, size), sink);
    REQUIRE(sink.inputs.size() <= whole.inputs.size());
    for (std::size_t i = 0; i < sink.inputs.size(); ++i) REQUIRE(sink.inputs[i] == whole.inputs[i]);
    bool is_at_block = size == kRecordingMagic.size() || size == 0;
    for (const Placed& block : two.blocks) is_at_block |= block.end == size;
    REQUIRE(sink.has_flaw(FlawKind::cut_off) == !is_at_block);
    std::size_t open = sink.starts.size();
    for (const std::string& input : sink.inputs) open -= input.ends_with("finished") ? 1 : 0;
    std::size_t still_open = 0;
    for (const Flaw& flaw : sink.flaws) still_open += flaw.kind == FlawKind::still_open ? 1 : 0;
    REQUIRE(still_open == open);
  }
}

TEST_CASE("damage is told once for each stretch, with its place and its size") {
  const TwoConnections two = two_connections();
  const Placed& third = two.blocks[3];
  std::string file = two.file;
  file.insert(third.begin, "some bytes that belong to nothing");
  RecordedSink sink;
  read(file, sink);
  REQUIRE(sink.flaws.size() == 2);
  CHECK(sink.flaws[0].kind == FlawKind::damaged);
  CHECK(sink.flaws[0].offset == third.begin);
  CHECK(sink.flaws[0].bytes == 33);
  CHECK(sink.flaws[0].text == "33 bytes of the recording are damaged and were passed over");
  CHECK(sink.inputs_of(1) == kWhole);
  CHECK(sink.inputs_of(2) == kWhole);
}

TEST_CASE("a length that lies hides no block behind it") {
  std::string liar;
  Encoder encoder(liar);
  encoder.fixed(kBlockMarker, 4);
  encoder.fixed(2, 2);
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{1000}, std::uint64_t{kLongestBlock},
        std::uint64_t{kLongestBlock} + 1, std::uint64_t{0xFFFFFFFF}}) {
    CAPTURE(length);
    std::string head = liar;
    Encoder(head).fixed(length, 4);
    TwoConnections two = two_connections();
    two.file.insert(two.blocks[1].begin, head);
    RecordedSink sink;
    read(two.file, sink);
    CHECK(sink.inputs_of(1) == kWhole);
    CHECK(sink.inputs_of(2) == kWhole);
    CHECK(sink.has_flaw(FlawKind::damaged));
  }
}

TEST_CASE("payload may look like a block") {
  const std::string inner = end_block(71, 1) + start_of(9) + inputs_block(71, 0, bytes_entry("x"));
  const std::string file = recording_head("", "") + start_of(71) +
                           inputs_block(71, 0, bytes_entry(inner)) + end_block(71, 7);
  RecordedSink sink;
  read(file, sink);
  CHECK(sink.starts.size() == 1);
  CHECK(sink.flaws.empty());
  CHECK(sink.inputs_of(1) ==
        std::vector<std::string>{"at 0 client_to_server " + inner, "at 7 finished"});
}

TEST_CASE("numbers that a time cannot have are damage, and not a crash") {
  for (const std::int64_t time :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    CAPTURE(time);
    for (const bool is_wall : {false, true}) {
      RecordedSink sink;
      ConnectionStart start{.id = 1, .client = "a"};
      if (is_wall) start.accepted_wall = WallTime(std::chrono::microseconds(time));
      if (!is_wall) start.accepted = Moment(std::chrono::microseconds(time));
      read(recording_head("", "") + start_block(start), sink);
      CHECK(sink.starts.empty());
      CHECK(sink.has_flaw(FlawKind::damaged));
    }
  }
  const std::uint64_t all = ~std::uint64_t{0};
  RecordedSink sink;
  read(recording_head("", "") + start_of(1) + inputs_block(1, all, bytes_entry("a")) +
           inputs_block(1, 0, bytes_entry("b", all)) + end_block(1, all),
       sink);
  CHECK(sink.inputs.empty());
  CHECK(sink.has_flaw(FlawKind::still_open));
}

TEST_CASE("time does not go back within a connection") {
  RecordedSink sink;
  read(recording_head("", "") + start_of(1) + inputs_block(1, 500, bytes_entry("late")) +
           inputs_block(1, 100, bytes_entry("early")) + end_block(1, 200),
       sink);
  CHECK(sink.inputs_of(1) == std::vector<std::string>{"at 500 client_to_server late",
                                                      "at 500 client_to_server early",
                                                      "at 500 finished"});
}

TEST_CASE("an id that begins again ends nothing: the first connection is told as still open") {
  RecordedSink sink;
  read(recording_head("", "") + start_of(1) + inputs_block(1, 0, bytes_entry("a")) + start_of(1) +
           inputs_block(1, 0, bytes_entry("b")) + end_block(1, 3),
       sink);
  CHECK(sink.starts.size() == 2);
  CHECK(sink.inputs_of(1) == std::vector<std::string>{"at 0 client_to_server a"});
  CHECK(sink.inputs_of(2) == std::vector<std::string>{"at 0 client_to_server b", "at 3 finished"});
  REQUIRE(sink.flaws.size() == 1);
  CHECK(sink.flaws[0].kind == FlawKind::still_open);
  CHECK(sink.flaws[0].connection == 1);
}

TEST_CASE("what comes of a connection whose start is not there is not told") {
  RecordedSink sink;
  read(recording_head("", "") + inputs_block(5, 0, bytes_entry("a")) + record_block(5, "{}") +
           end_block(5, 1),
       sink);
  CHECK(sink.starts.empty());
  CHECK(sink.inputs.empty());
  CHECK(sink.records.empty());
}

TEST_CASE("blocks of later versions are passed over, and that is told") {
  std::string payload;
  Encoder encoder(payload);
  encoder.fixed(kRecordingVersion + 1, 2);
  encoder.text("tap");
  encoder.text("program");
  std::string file = recording_head("", "").substr(0, kRecordingMagic.size());
  file +=
      raw_block(1, payload) + raw_block(900, "what nobody knows") + start_of(1) + end_block(1, 2);
  RecordedSink sink;
  read(file, sink);
  REQUIRE(sink.flaws.size() == 2);
  CHECK(sink.flaws[0].kind == FlawKind::not_understood);
  CHECK(sink.flaws[0].text == "the recording is of version 2; this program reads version 1");
  CHECK(sink.flaws[1].kind == FlawKind::not_understood);
  CHECK(sink.inputs_of(1) == std::vector<std::string>{"at 2 finished"});
}

TEST_CASE("a block with the right checksum and content that ends early is damage") {
  for (const unsigned type : {1u, 2u, 3u, 4u, 5u, 6u}) {
    CAPTURE(type);
    RecordedSink sink;
    read(recording_head("", "") + raw_block(type, "") + start_of(1) + end_block(1, 0), sink);
    CHECK(sink.has_flaw(FlawKind::damaged));
    CHECK(sink.inputs_of(1) == std::vector<std::string>{"at 0 finished"});
  }
}

TEST_CASE("texts of gaps are printable, and never empty") {
  RecordedSink empty;
  read(recording_head("", "") + dropped_block({}), empty);
  REQUIRE(empty.flaws.size() == 1);
  CHECK(empty.flaws[0].text == "parts of what passed were not kept");
  RecordedSink sink;
  read(recording_head("", "") + dropped_block({.text = "\x1b[2Jgone\n" + std::string(5000, 'a')}),
       sink);
  REQUIRE(sink.flaws.size() == 1);
  CHECK(sink.flaws[0].text.size() <= 400);
  for (const char c : sink.flaws[0].text) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("property: whatever is changed, each start has one end or is still open") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string original = two_connections().file;
  for (int run = 0; run < 3000; ++run) {
    std::string file = original;
    const unsigned changes = 1 + test::below(random, 5);
    for (unsigned i = 0; i < changes; ++i) {
      const std::size_t at = test::below(random, static_cast<unsigned>(file.size()));
      const std::size_t size = test::below(random, 60);
      const unsigned what = test::below(random, 4);
      if (what == 0) file.erase(at, size);
      if (what == 1) file.insert(at, test::random_bytes(random, size));
      if (what == 2) file.insert(at, original.substr(size, size));
      if (what == 3 && at < file.size()) file[at] = static_cast<char>(random());
      if (file.empty()) file = "\x89";
    }
    RecordedSink sink;
    read(file, sink);
    std::size_t over = 0;
    for (const std::string& input : sink.inputs) over += input.ends_with(" finished") ? 1 : 0;
    for (const Flaw& flaw : sink.flaws) over += flaw.kind == FlawKind::still_open ? 1 : 0;
    REQUIRE(over == sink.starts.size());
  }
}

}  // namespace
}  // namespace lastframe::capture
