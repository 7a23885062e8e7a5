#include "capture/packet_builder.h"

#include <cstddef>

namespace lastframe::capture {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kHops = 64;
// With the largest scale (RFC 7323 section 2.3), a window that nobody fills.
constexpr std::uint16_t kWindow = 0xFFFF;

void put16(std::string& packet, std::uint32_t number) {
  packet += static_cast<char>(number >> 8 & 0xFF);
  packet += static_cast<char>(number & 0xFF);
}

void put32(std::string& packet, std::uint32_t number) {
  put16(packet, number >> 16);
  put16(packet, number & 0xFFFF);
}

void set16(std::string& packet, std::size_t at, std::uint16_t number) {
  packet[at] = static_cast<char>(number >> 8);
  packet[at + 1] = static_cast<char>(number & 0xFF);
}

// RFC 1071; an odd byte at the end counts as if a 0 stood behind it.
std::uint64_t sum_of(ByteView bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  }
  return sum;
}

std::uint16_t checksum(std::uint64_t sum) {
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

ByteView bytes_of(const IpBytes& address, bool is_ipv4) {
  const ByteView bytes = std::as_bytes(std::span(address));
  return is_ipv4 ? bytes.subspan(kIpv4PrefixBits / 8) : bytes;
}

std::string tcp_header(const PacketPlan& plan) {
  std::string header;
  put16(header, plan.from.port);
  put16(header, plan.to.port);
  put32(header, plan.sequence);
  put32(header, plan.is_ack ? plan.acknowledgement : 0);
  const std::uint32_t words = plan.is_syn ? 7 : 5;
  const bool is_push = !plan.payload.empty() || plan.missing > 0;
  put16(header, words << 12 | (plan.is_ack ? 0x10U : 0U) | (is_push ? 0x08U : 0U) |
                    (plan.is_reset ? 0x04U : 0U) | (plan.is_syn ? 0x02U : 0U) |
                    (plan.is_fin ? 0x01U : 0U));
  put16(header, kWindow);
  put32(header, 0);
  if (!plan.is_syn) return header;
  // The largest segment, no operation, the window's scale of 14.
  put32(header, 0x0204'0000U | kMostPayload);
  put32(header, 0x0103'030EU);
  return header;
}

void put_ipv4(std::string& packet, const PacketPlan& plan, std::uint32_t length) {
  put16(packet, 0x4500);
  put16(packet, 20 + length);
  put32(packet, 0x4000);  // no fragments
  put16(packet, kHops << 8 | kTcp);
  put16(packet, 0);
  packet += as_text(bytes_of(plan.from.address, true));
  packet += as_text(bytes_of(plan.to.address, true));
  set16(packet, 10, checksum(sum_of(as_bytes(packet))));
}

void put_ipv6(std::string& packet, const PacketPlan& plan, std::uint32_t length) {
  put32(packet, 0x6000'0000);
  put16(packet, length);
  put16(packet, kTcp << 8 | kHops);
  packet += as_text(bytes_of(plan.from.address, false));
  packet += as_text(bytes_of(plan.to.address, false));
}

}  // namespace

std::string packet_of(const PacketPlan& plan) {
  const bool is_old = is_ipv4(plan.from.address) && is_ipv4(plan.to.address);
  std::string tcp = tcp_header(plan);
  const auto length = static_cast<std::uint32_t>(tcp.size() + plan.payload.size()) + plan.missing;
  if (plan.missing == 0) {
    const std::uint64_t sum = sum_of(bytes_of(plan.from.address, is_old)) +
                              sum_of(bytes_of(plan.to.address, is_old)) + kTcp + length +
                              sum_of(as_bytes(tcp)) + sum_of(plan.payload);
    set16(tcp, 16, checksum(sum));
  }
  std::string packet;
  packet.reserve(kMostPacketHeaders + plan.payload.size());
  is_old ? put_ipv4(packet, plan, length) : put_ipv6(packet, plan, length);
  packet += tcp;
  packet += as_text(plan.payload);
  return packet;
}

}  // namespace lastframe::capture
