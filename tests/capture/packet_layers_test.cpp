#include "capture/packet_layers.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/packets.h"

using namespace lastframe;
using capture::NoSegment;
using test::big;

namespace {

const test::Segment kSegment{.is_from_client = true,
                             .sequence = 0x01020304,
                             .acknowledgement = 0x05060708,
                             .flags = test::kAck,
                             .payload = "hello"};

auto segment_of(std::uint32_t link_type, const std::string& bytes, std::size_t captured = 65'536) {
  return capture::segment_of({.link_type = link_type,
                              .at = {},
                              .captured = as_bytes(bytes).first(std::min(captured, bytes.size())),
                              .original_length = static_cast<std::uint32_t>(bytes.size())});
}

const std::string kMacs(12, '\x02');

}  // namespace

TEST_CASE("a segment is found below every link layer, with padding behind it") {
  const std::string ipv4 = test::ipv4_of(kSegment);
  const std::string ipv6 = test::ipv6_of(kSegment);
  struct Row {
    const char* name;
    std::uint32_t link_type;
    std::string bytes;
  };
  const std::vector<Row> rows{
      {"Ethernet", 1, kMacs + big(0x0800, 2) + ipv4 + std::string(9, '\0')},
      {"Ethernet, IPv6", 1, kMacs + big(0x86DD, 2) + ipv6 + "FCS!"},
      {"one VLAN tag", 1, kMacs + big(0x8100'0007, 4) + big(0x0800, 2) + ipv4},
      {"two VLAN tags", 1,
       kMacs + big(0x88A8'0007, 4) + big(0x8100'0008, 4) + big(0x86DD, 2) + ipv6},
      {"Linux cooked", 113, std::string(14, '\x01') + big(0x0800, 2) + ipv4},
      {"Linux cooked 2", 276, big(0x86DD, 2) + std::string(18, '\x01') + ipv6},
      {"raw", 101, ipv4},
      {"raw, IPv6", 101, ipv6},
      {"raw of BSD", 12, ipv4},
      {"IPv4", 228, ipv4},
      {"IPv6", 229, ipv6},
      {"null of a little-endian BSD", 0, test::number(2, 4) + ipv4},
      {"null of a big-endian one", 0, big(30, 4) + ipv6},
      {"loop of OpenBSD", 108, big(24, 4) + ipv6},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto segment = segment_of(row.link_type, row.bytes);
    REQUIRE(segment);
    CHECK(capture::is_known_link_type(row.link_type));
    CHECK(ip_text(segment->from.address) ==
          (row.bytes.find(ipv4) == std::string::npos ? "2001:db8::1" : "192.0.2.1"));
    CHECK(segment->from.port == test::kClientPort);
    CHECK(segment->to.port == test::kServerPort);
    CHECK(segment->sequence == 0x01020304);
    CHECK(segment->acknowledgement == 0x05060708);
    CHECK(segment->is_ack);
    CHECK(!(segment->is_syn || segment->is_fin || segment->is_reset));
    CHECK(as_text(segment->payload) == "hello");
    CHECK(segment->payload_length == 5);
  }
}

TEST_CASE("a packet that was cut short has its whole length, or no segment, at every length") {
  for (const std::string& bytes : {test::ipv4_of(kSegment), test::ipv6_of(kSegment)}) {
    for (std::size_t captured = 0; captured <= bytes.size(); ++captured) {
      CAPTURE(captured);
      const auto segment = segment_of(101, bytes, captured);
      // All but the last six bytes of the TCP header are needed.
      const std::size_t needed = bytes.size() - 5 - 6;
      REQUIRE(segment.has_value() == (captured >= needed));
      if (!segment) {
        CHECK(segment.error() == NoSegment::cut_short);
        continue;
      }
      CHECK(segment->payload_length == 5);
      const std::size_t there = captured > bytes.size() - 5 ? captured + 5 - bytes.size() : 0;
      CHECK(as_text(segment->payload) == std::string("hello").substr(0, there));
    }
  }
}

TEST_CASE("a total length of 0 stands for the whole packet") {
  std::string ipv4 = test::ipv4_of(kSegment);
  ipv4[2] = ipv4[3] = '\0';
  CHECK(as_text(segment_of(101, ipv4)->payload) == "hello");
  std::string ipv6 = test::ipv6_of(kSegment);
  ipv6[4] = ipv6[5] = '\0';
  CHECK(as_text(segment_of(101, ipv6)->payload) == "hello");
}

TEST_CASE("options of IPv4 and extension headers of IPv6 are passed over") {
  std::string ipv4 = test::ipv4_of(kSegment);
  ipv4[0] = '\x46';
  ipv4[3] = static_cast<char>(ipv4[3] + 4);
  ipv4.insert(20, std::string(4, '\x01'));
  CHECK(as_text(segment_of(101, ipv4)->payload) == "hello");
  struct Row {
    const char* name;
    unsigned next;
    std::string headers;
  };
  const std::vector<Row> rows{
      {"hop by hop", 0, big(0x0600, 2) + std::string(6, '\0')},
      {"routing, then destination", 43,
       big(0x3C01, 2) + std::string(14, '\0') + big(0x0600, 2) + std::string(6, '\0')},
      {"authentication", 51, big(0x0604, 2) + std::string(22, '\0')},
      {"a fragment that is the whole (RFC 6946)", 44, big(0x0600'0000, 4) + big(7, 4)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string packet = test::ipv6_of(kSegment, row.headers, row.next);
    const auto segment = segment_of(101, packet);
    REQUIRE(segment);
    CHECK(as_text(segment->payload) == "hello");
  }
}

TEST_CASE("what holds no segment says why") {
  std::string fragment = test::ipv4_of(kSegment);
  fragment[6] = '\x20';
  std::string later_fragment = test::ipv4_of(kSegment);
  later_fragment[7] = '\x05';
  std::string udp = test::ipv4_of(kSegment);
  udp[9] = 17;
  std::string short_header = test::ipv4_of(kSegment);
  short_header[0] = '\x44';
  std::string long_tcp = test::ipv4_of(kSegment);
  long_tcp[32] = '\xF0';
  struct Row {
    const char* name;
    std::uint32_t link_type;
    std::string bytes;
    NoSegment why;
  };
  const std::vector<Row> rows{
      {"more fragments follow", 101, fragment, NoSegment::fragment},
      {"a later fragment", 101, later_fragment, NoSegment::fragment},
      {"a fragment of IPv6", 101, test::ipv6_of(kSegment, big(0x0600'0001, 4) + big(7, 4), 44),
       NoSegment::fragment},
      {"UDP", 101, udp, NoSegment::not_tcp},
      {"UDP over IPv6", 101, test::ipv6_of(kSegment, {}, 17), NoSegment::not_tcp},
      {"ARP", 1, kMacs + big(0x0806, 2) + std::string(28, '\0'), NoSegment::not_tcp},
      {"no version of IP", 101, std::string(40, '\x99'), NoSegment::not_tcp},
      {"an IPv4 header of 16 bytes", 101, short_header, NoSegment::malformed},
      {"a TCP header longer than the packet", 101, long_tcp, NoSegment::malformed},
      {"an unknown link type", 147, test::ipv4_of(kSegment), NoSegment::unknown_link_type},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto segment = segment_of(row.link_type, row.bytes);
    REQUIRE(!segment);
    CHECK(segment.error() == row.why);
  }
}
