#include "capture/packet_builder.h"

#include <doctest/doctest.h>

#include <string>

using namespace lastframe;

namespace {

capture::TcpEnd end(std::string_view address, std::uint16_t port) {
  return {.address = *parse_ip(address), .port = port};
}

// RFC 1071, written out: the sum of all 16-bit words, checksum included, is all ones.
bool is_right(std::string bytes) {
  if (bytes.size() % 2 == 1) bytes += '\0';
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<unsigned char>(bytes[i]) * 256U + static_cast<unsigned char>(bytes[i + 1]);
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return sum == 0xFFFF;
}

std::string in_16_bits(std::size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
}

}  // namespace

TEST_CASE("checksums are right, for every length of payload up to some, and the largest") {
  for (std::size_t size = 0; size <= 70; ++size) {
    const std::string payload(size == 70 ? capture::kMostPayload : size, '\xF7');
    const std::string packet = capture::packet_of({.from = end("192.0.2.1", 50'000),
                                                   .to = end("198.51.100.200", 80),
                                                   .sequence = 0xFFFFFFFF,
                                                   .acknowledgement = 0x80000001,
                                                   .payload = as_bytes(payload)});
    CAPTURE(size);
    REQUIRE(packet.size() == 40 + payload.size());
    CHECK(is_right(packet.substr(0, 20)));
    CHECK(is_right(packet.substr(12, 8) + in_16_bits(6) + in_16_bits(packet.size() - 20) +
                   packet.substr(20)));
    const std::string newer = capture::packet_of({.from = end("2001:db8::1", 50'000),
                                                  .to = end("192.0.2.1", 80),
                                                  .payload = as_bytes(payload)});
    REQUIRE(newer.size() == 60 + payload.size());
    CHECK(is_right(newer.substr(8, 32) + in_16_bits(6) + in_16_bits(newer.size() - 40) +
                   newer.substr(40)));
  }
}

TEST_CASE("what is built is found again") {
  const std::string payload = "hello";
  struct Row {
    const char* name;
    capture::PacketPlan plan;
  };
  const Row rows[] = {
      {"SYN", {.is_syn = true, .is_ack = false}},
      {"SYN and ACK", {.is_syn = true}},
      {"bytes", {.payload = as_bytes(payload)}},
      {"bytes that are missing", {.payload = as_bytes(payload), .missing = 1000}},
      {"FIN", {.is_fin = true}},
      {"RST", {.is_reset = true}},
  };
  for (Row row : rows) {
    for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
      CAPTURE(row.name);
      row.plan.from = end(address, 50'000);
      row.plan.to = end("192.0.2.2", 443);
      row.plan.sequence = 0xFEDCBA98;
      row.plan.acknowledgement = 0x12345678;
      const std::string packet = capture::packet_of(row.plan);
      const auto segment = capture::segment_of(
          {.link_type = 101,
           .at = {},
           .captured = as_bytes(packet),
           .original_length = static_cast<std::uint32_t>(packet.size()) + row.plan.missing});
      REQUIRE(segment);
      CHECK(segment->from == row.plan.from);
      CHECK(segment->to == row.plan.to);
      CHECK(segment->sequence == 0xFEDCBA98);
      CHECK(segment->acknowledgement == (row.plan.is_ack ? 0x12345678U : 0U));
      CHECK(segment->is_syn == row.plan.is_syn);
      CHECK(segment->is_ack == row.plan.is_ack);
      CHECK(segment->is_fin == row.plan.is_fin);
      CHECK(segment->is_reset == row.plan.is_reset);
      CHECK(as_text(segment->payload) == as_text(row.plan.payload));
      CHECK(segment->payload_length == row.plan.payload.size() + row.plan.missing);
    }
  }
}
