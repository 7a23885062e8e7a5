#include "capture/pcapng_file.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/file_packets.h"
#include "support/packets.h"

using namespace lastframe;
using test::number;
using Lines = std::vector<std::string>;

namespace {

const test::Packet kOne{1'000'000'000'000'123, "one"};
const test::Packet kTwo{1'000'000'001'999'999, "three", 3000};
const std::string kOneLine = "101 1000000000000123 3 one";
const std::string kTwoLine = "101 1000000001999999 3000 three";

Lines lines_of(std::string_view file) {
  return test::file_packets<capture::PcapngFile>(test::whole(file));
}

}  // namespace

TEST_CASE(
    "packets of both byte orders come, in one file with several sections, however it is cut") {
  const std::string file = test::pcapng_of({kOne, kTwo}) + test::pcapng_of({kTwo, kOne}, true);
  test::at_every_split(file, [](const test::Split& split) {
    CAPTURE(split.name);
    CHECK(test::file_packets<capture::PcapngFile>(split) ==
          Lines{kOneLine, kTwoLine, kTwoLine, kOneLine});
  });
}

TEST_CASE("each interface has its own link type and its own clock") {
  struct Row {
    const char* name;
    std::string options;
    std::uint64_t ticks;
    std::string micros;
  };
  const Row rows[] = {
      {"microseconds unless told otherwise", "", 1'500'000'000'123'456, "1500000000123456"},
      {"nanoseconds", test::option(9, "\x09"), 1'500'000'000'123'456'789, "1500000000123456"},
      {"whole seconds", test::option(9, std::string(1, '\0')), 1'500'000'000, "1500000000000000"},
      {"milliseconds", test::option(2, "eth0") + test::option(9, "\x03"), 1'500'000'000'123,
       "1500000000123000"},
      {"halves", test::option(9, "\x81"), 3'000'000'001, "1500000000500000"},
      {"2 to the -32", test::option(9, "\xA0"), std::uint64_t{5} << 32 | 0x8000'0000, "5500000"},
      {"2 to the -64", test::option(9, "\xC0"), std::uint64_t{1} << 63, "500000"},
      {"2 to the -127", test::option(9, "\xFF"), UINT64_MAX, "0"},
      {"10 to the -127", test::option(9, "\x7F"), UINT64_MAX, "0"},
      {"an offset", test::option(14, number(1'000'000, 8)), 7, "1000000000007"},
      {"an end of options", number(0, 4) + test::option(9, "\x09"), 7, "7"},
      {"after the year 9999", test::option(9, std::string(1, '\0')), UINT64_MAX,
       "253402300799000000"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string file = test::section_block() + test::interface_block(1) +
                             test::interface_block(101, row.options) +
                             test::packet_block({row.ticks, "x"}, 1);
    CHECK(lines_of(file) == Lines{"101 " + row.micros + " 1 x"});
  }
}

TEST_CASE("simple packets have the time of the last one, old packet blocks their own") {
  const std::string simple = test::block(3, number(5, 4) + "hello");
  const std::string old =
      test::block(2, number(0, 2) + number(9, 2) + number(kOne.micros >> 32, 4) +
                         number(kOne.micros & 0xFFFFFFFF, 4) + number(3, 4) + number(3, 4) + "one");
  const std::string begin = test::section_block() + test::interface_block();
  CHECK(lines_of(begin + old + simple) == Lines{kOneLine, "101 1000000000000123 5 hello"});
  const std::string snapped = test::section_block() + test::block(1, number(101, 4) + number(4, 4));
  CHECK(lines_of(snapped + test::block(3, number(9, 4) + "hell")) == Lines{"101 0 9 hell"});
}

TEST_CASE("blocks of other types are skipped, of whatever length") {
  const std::string begin = test::section_block() + test::interface_block();
  const std::string other = test::block(5, std::string(100, '\x06'));
  const std::string large = test::block(0x0BAD, std::string(3'000'000, '\x06'));
  const std::string file =
      begin + other + test::packet_block(kOne) + large + test::packet_block(kTwo);
  CHECK(lines_of(file) == Lines{kOneLine, kTwoLine});
}

TEST_CASE("behind a block whose lengths lie, reading goes on at the next one that can be read") {
  const std::string begin = test::section_block() + test::interface_block();
  const std::string good = test::packet_block(kOne);
  struct Row {
    const char* name;
    std::size_t at;  // in the block
    std::string bytes;
  };
  const Row rows[] = {
      {"too small", 4, number(8, 4)},
      {"no multiple of four", 4, number(37, 4)},
      {"larger than any packet", 4, number(0x7FFFFFF0, 4)},
      {"too long", 4, number(48, 4)},
      {"the last one is another", good.size() - 4, number(0, 4)},
  };
  for (const Row& row : rows) {
    std::string bad = good;
    bad.replace(row.at, row.bytes.size(), row.bytes);
    const std::string file = begin + bad + test::packet_block(kTwo) + good;
    const std::string flaw = "damaged at " + std::to_string(begin.size());
    test::at_every_split(file, [&](const test::Split& split) {
      CAPTURE(row.name);
      CAPTURE(split.name);
      CHECK(test::file_packets<capture::PcapngFile>(split) == Lines{flaw, kTwoLine, kOneLine});
    });
  }
}

TEST_CASE("a block that is shorter than its own fields is a flaw, and the next one is read") {
  const std::string begin = test::section_block() + test::interface_block();
  const std::string end = test::packet_block(kOne);
  struct Row {
    const char* name;
    std::string block;
  };
  const Row rows[] = {
      {"a packet without its lengths", test::block(6, number(0, 16))},
      {"an old packet without its lengths", test::block(2, number(0, 16))},
      {"a simple packet without anything", test::block(3, "")},
      {"an interface without a snapshot length", test::block(1, number(1, 4))},
      {"a packet of an interface that is not there", test::packet_block(kOne, 7)},
      {"a packet longer than its block",
       test::block(6, number(0, 12) + number(5, 4) + number(5, 4) + "four")},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(lines_of(begin + row.block + end) ==
          Lines{"damaged at " + std::to_string(begin.size()), kOneLine});
  }
}

TEST_CASE("a section of another version is said, and read all the same") {
  std::string begin = test::section_block();
  begin[12] = 2;
  CHECK(lines_of(begin + test::interface_block() + test::packet_block(kOne)) ==
        Lines{"not_understood at 0", kOneLine});
}

TEST_CASE("a key log among the packets is given, in both byte orders (draft section 4.7)") {
  const std::string key_log = "CLIENT_RANDOM 00 11\n";
  for (const bool is_big : {false, true}) {
    const auto secrets = [&](std::uint32_t kind, std::uint64_t length, const std::string& text) {
      return test::block(10, number(kind, 4, is_big) + number(length, 4, is_big) + text, is_big);
    };
    const std::string begin = test::section_block(is_big) + test::interface_block(101, {}, is_big);
    const std::string end = test::packet_block(kOne, 0, is_big);
    constexpr std::uint32_t kTls = 0x544C534B;
    CHECK(lines_of(begin + secrets(kTls, key_log.size(), key_log) + end) ==
          Lines{"key log " + key_log, kOneLine});
    // A length that is a lie reaches to the block's end; secrets of other kinds are skipped.
    CHECK(lines_of(begin + secrets(kTls, 0xFFFFFFFF, "four") + end) ==
          Lines{"key log four", kOneLine});
    CHECK(lines_of(begin + secrets(0x57474B4C, 4, "four") + end) == Lines{kOneLine});
    CHECK(lines_of(begin + test::block(10, number(1, 4), is_big) + end) == Lines{kOneLine});
    CHECK(lines_of(begin + secrets(kTls, 4, std::string(9 * 1024 * 1024, 'x')) + end) ==
          Lines{"not_understood at " + std::to_string(begin.size()), kOneLine});
  }
}
