// Finds the TCP segment in a packet: link layer, IPv4 or IPv6, TCP (RFC 791, 8200, 9293).
#pragma once

#include <cstdint>
#include <expected>

#include "capture/packet_file.h"
#include "core/base/bytes.h"
#include "core/base/ip.h"

namespace lastframe::capture {

struct TcpEnd {
  IpBytes address;
  std::uint16_t port;

  auto operator<=>(const TcpEnd&) const = default;
};

struct TcpSegment {
  TcpEnd from;
  TcpEnd to;
  std::uint32_t sequence;
  std::uint32_t acknowledgement;
  bool is_syn;
  bool is_ack;
  bool is_fin;
  bool is_reset;
  ByteView payload;              // what was captured of it
  std::uint32_t payload_length;  // on the wire; at least that
};

enum class NoSegment : unsigned char {
  not_tcp,            // another protocol
  fragment,           // a part of an IP packet
  cut_short,          // captured only up to within the headers
  malformed,          // its headers contradict themselves
  unknown_link_type,  // is_known_link_type() says so, too
};

bool is_known_link_type(std::uint32_t link_type);

// Padding and checksums of the link layer are left out. A total length of 0, as a network card's
// segmentation leaves it, stands for all that the packet has.
std::expected<TcpSegment, NoSegment> segment_of(const FilePacket& packet);

}  // namespace lastframe::capture
