#include "capture/packet_layers.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "capture/packet_fields.h"

namespace lastframe::capture {
namespace {

enum LinkType : std::uint32_t {
  kNull = 0,
  kEthernet = 1,
  kRawOfBsd = 12,
  kRawOfOpenBsd = 14,
  kRaw = 101,
  kLoop = 108,
  kLinuxCooked = 113,
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxCooked2 = 276
};

constexpr std::uint8_t kTcp = 6;

// A packet's rest: what was captured of it, and how long it was on the wire.
struct Rest {
  ByteView bytes;
  std::uint32_t length;

  bool has(std::size_t size) const { return bytes.size() >= size; }
  void drop(std::size_t size) {
    bytes = bytes.subspan(size);
    length -= static_cast<std::uint32_t>(size);
  }
  // The packet says that it ends here.
  void end_at(std::uint32_t end) {
    length = std::min(length, end);
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), length));
  }
};

using Found = std::expected<TcpSegment, NoSegment>;

//   ports | sequence | acknowledgement | data offset, flags, window | checksum, urgent | options
Found tcp(Rest rest, TcpSegment segment) {
  if (!rest.has(14)) return std::unexpected(NoSegment::cut_short);
  const ByteView head = rest.bytes;
  const std::size_t header = std::size_t{byte_at(head, 12)} / 16 * 4;
  if (header < 20 || header > rest.length) return std::unexpected(NoSegment::malformed);
  const std::uint8_t flags = byte_at(head, 13);
  segment.from.port = number_at<std::uint16_t>(head, 0);
  segment.to.port = number_at<std::uint16_t>(head, 2);
  segment.sequence = number_at<std::uint32_t>(head, 4);
  segment.acknowledgement = number_at<std::uint32_t>(head, 8);
  segment.is_fin = (flags & 0x01) != 0;
  segment.is_syn = (flags & 0x02) != 0;
  segment.is_reset = (flags & 0x04) != 0;
  segment.is_ack = (flags & 0x10) != 0;
  segment.payload = head.subspan(std::min(header, head.size()));
  segment.payload_length = rest.length - static_cast<std::uint32_t>(header);
  return segment;
}

IpBytes mapped(ByteView bytes) {
  IpBytes address{};
  address[10] = address[11] = 0xFF;
  for (std::size_t i = 0; i < 4; ++i) address[12 + i] = byte_at(bytes, i);
  return address;
}

Found ipv4(Rest rest) {
  if (!rest.has(20)) return std::unexpected(NoSegment::cut_short);
  const ByteView head = rest.bytes;
  const std::size_t header = std::size_t{byte_at(head, 0)} % 16 * 4;
  const std::uint32_t total = number_at<std::uint16_t>(head, 2);
  if (header < 20 || (total != 0 && total < header) || header > rest.length) {
    return std::unexpected(NoSegment::malformed);
  }
  if (byte_at(head, 9) != kTcp) return std::unexpected(NoSegment::not_tcp);
  if ((number_at<std::uint16_t>(head, 6) & 0x3FFF) != 0) {
    return std::unexpected(NoSegment::fragment);
  }
  TcpSegment segment{};
  segment.from.address = mapped(head.subspan(12));
  segment.to.address = mapped(head.subspan(16));
  if (total != 0) rest.end_at(total);
  if (!rest.has(header)) return std::unexpected(NoSegment::cut_short);
  rest.drop(header);
  return tcp(rest, segment);
}

enum Extension : std::uint8_t {
  kHopByHop = 0,
  kRouting = 43,
  kFragment = 44,
  kAuthentication = 51,
  kDestination = 60,
  kMobility = 135,
  kHostIdentity = 139,
  kShim = 140
};

// How long an extension header is (RFC 8200 section 4, RFC 4302 section 2.2). None: it is none.
std::optional<std::size_t> extension_size(std::uint8_t type, std::uint8_t length) {
  switch (type) {
    case kHopByHop:
    case kRouting:
    case kDestination:
    case kMobility:
    case kHostIdentity:
    case kShim:
      return (std::size_t{length} + 1) * 8;
    case kFragment:
      return 8;
    case kAuthentication:
      return (std::size_t{length} + 2) * 4;
    default:
      return std::nullopt;
  }
}

Found ipv6(Rest rest) {
  constexpr std::size_t kHeader = 40;
  if (!rest.has(kHeader)) return std::unexpected(NoSegment::cut_short);
  TcpSegment segment{};
  for (std::size_t i = 0; i < 16; ++i) {
    segment.from.address[i] = byte_at(rest.bytes, 8 + i);
    segment.to.address[i] = byte_at(rest.bytes, 24 + i);
  }
  std::uint8_t next = byte_at(rest.bytes, 6);
  const std::uint32_t length = number_at<std::uint16_t>(rest.bytes, 4);
  rest.drop(kHeader);
  if (length != 0) rest.end_at(length);
  while (next != kTcp) {
    const auto size = extension_size(next, rest.has(2) ? byte_at(rest.bytes, 1) : 0);
    if (!size) return std::unexpected(NoSegment::not_tcp);
    if (!rest.has(8)) return std::unexpected(NoSegment::cut_short);
    // A fragment of the whole is none (RFC 6946).
    const bool is_part =
        next == kFragment && (number_at<std::uint16_t>(rest.bytes, 2) & 0xFFF9) != 0;
    next = byte_at(rest.bytes, 0);
    if (is_part) return std::unexpected(next == kTcp ? NoSegment::fragment : NoSegment::not_tcp);
    if (*size > rest.length) return std::unexpected(NoSegment::malformed);
    if (!rest.has(*size)) return std::unexpected(NoSegment::cut_short);
    rest.drop(*size);
  }
  return tcp(rest, segment);
}

Found ip(Rest rest) {
  if (!rest.has(1)) return std::unexpected(NoSegment::cut_short);
  const unsigned version = byte_at(rest.bytes, 0) >> 4;
  if (version == 4) return ipv4(rest);
  if (version == 6) return ipv6(rest);
  return std::unexpected(NoSegment::not_tcp);
}

// Behind the addresses: the protocol at `at`, VLAN tags (IEEE 802.1Q, 802.1ad) as many as there
// are.
Found ethernet(Rest rest, std::size_t at, std::size_t header) {
  if (!rest.has(std::max(at + 2, header))) return std::unexpected(NoSegment::cut_short);
  auto type = number_at<std::uint16_t>(rest.bytes, at);
  rest.drop(header);
  while (type == 0x8100 || type == 0x88A8 || type == 0x9100) {
    if (!rest.has(4)) return std::unexpected(NoSegment::cut_short);
    type = number_at<std::uint16_t>(rest.bytes, 2);
    rest.drop(4);
  }
  if (type != 0x0800 && type != 0x86DD) return std::unexpected(NoSegment::not_tcp);
  return ip(rest);
}

}  // namespace

bool is_known_link_type(std::uint32_t link_type) {
  switch (link_type) {
    case kNull:
    case kEthernet:
    case kRawOfBsd:
    case kRawOfOpenBsd:
    case kRaw:
    case kLoop:
    case kLinuxCooked:
    case kIpv4:
    case kIpv6:
    case kLinuxCooked2:
      return true;
    default:
      return false;
  }
}

Found segment_of(const FilePacket& packet) {
  Rest rest{.bytes = packet.captured, .length = packet.original_length};
  switch (packet.link_type) {
    case kEthernet:
      return ethernet(rest, 12, 14);
    case kLinuxCooked:
      return ethernet(rest, 14, 16);
    case kLinuxCooked2:
      return ethernet(rest, 0, 20);
    case kRawOfBsd:
    case kRawOfOpenBsd:
    case kRaw:
    case kIpv4:
    case kIpv6:
      return ip(rest);
    case kNull:
    case kLoop:
      // The number of the address family differs from system to system; the version does not.
      if (!rest.has(4)) return std::unexpected(NoSegment::cut_short);
      rest.drop(4);
      return ip(rest);
    default:
      return std::unexpected(NoSegment::unknown_link_type);
  }
}

}  // namespace lastframe::capture
