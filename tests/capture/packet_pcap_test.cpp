#include "capture/packet_pcap.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/file_packets.h"
#include "support/packets.h"

using namespace lastframe;
using Lines = std::vector<std::string>;

namespace {

const std::vector<test::Packet> kPackets{{1'000'000'000'000'123, "one"},
                                         {1'000'000'001'999'999, "three", 3000},
                                         {1'000'000'002'000'000, "x"}};
const Lines kLines{"1 1000000000000123 3 one", "1 1000000001999999 3000 three",
                   "1 1000000002000000 1 x"};

Lines lines_of(std::string_view file) {
  return test::file_packets<capture::PcapFile>(test::whole(file));
}

}  // namespace

TEST_CASE("every kind of pcap gives the same packets, however it is cut") {
  for (const bool is_big : {false, true}) {
    for (const bool is_nano : {false, true}) {
      CAPTURE(is_big);
      CAPTURE(is_nano);
      const std::string file =
          test::pcap_of(kPackets, {.link_type = 1, .is_big = is_big, .is_nano = is_nano});
      test::at_every_split(file, [](const test::Split& split) {
        CAPTURE(split.name);
        CHECK(test::file_packets<capture::PcapFile>(split) == kLines);
      });
    }
  }
}

TEST_CASE("the bits of the frame check sequence are no part of the link type") {
  std::string file = test::pcap_of(kPackets, {.link_type = 0x2400'0001});
  CHECK(lines_of(file) == kLines);
}

TEST_CASE("behind a record that cannot be, reading goes on where two in a row look right") {
  const auto record = [](std::size_t i) {
    return test::pcap_of({kPackets[i]}, {.link_type = 1}).substr(24);
  };
  const std::string head = test::pcap_of({}, {.link_type = 1});
  const std::string bad = std::string(16, '\xEE') + "some bytes in between";
  const std::string file = head + record(0) + bad + record(1) + record(2);
  test::at_every_split(file, [&](const test::Split& split) {
    CAPTURE(split.name);
    CHECK(test::file_packets<capture::PcapFile>(split) ==
          Lines{kLines[0], "damaged at 43", kLines[1], kLines[2]});
  });
}

TEST_CASE("a version that is not known is said, and nothing is read of it") {
  std::string file = test::pcap_of(kPackets, {.link_type = 1});
  file[4] = 3;
  CHECK(lines_of(file) == Lines{"not_understood at 4"});
}
