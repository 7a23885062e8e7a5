// Makes IP packets with a TCP segment in each, as they would stand on a wire (RFC 791, 8200, 9293).
#pragma once

#include <cstdint>
#include <string>

#include "capture/packet_layers.h"
#include "core/base/bytes.h"

namespace lastframe::capture {

struct PacketPlan {
  TcpEnd from = {};
  TcpEnd to = {};
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  bool is_syn = false;
  bool is_ack = true;
  bool is_fin = false;
  bool is_reset = false;
  ByteView payload = {};
  // Bytes of payload behind those, which the packet had and nobody has now.
  std::uint32_t missing = 0;
};

// A packet's headers are at most so long, its payload (with what is missing) can be so large.
inline constexpr std::size_t kMostPacketHeaders = 68;
inline constexpr std::size_t kMostPayload = 60 * 1024;

// From the IP header on, without what is missing; the checksums are right where nothing is missing.
// IPv4 where both addresses are.
std::string packet_of(const PacketPlan& plan);

}  // namespace lastframe::capture
