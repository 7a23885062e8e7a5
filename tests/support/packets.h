// Packets and capture files made by hand, byte by byte as their formats say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::test {

// Of `size` bytes; pcap files are little endian here unless told otherwise.
inline std::string number(std::uint64_t value, unsigned size, bool is_big = false) {
  std::string bytes;
  for (unsigned i = 0; i < size; ++i) {
    const unsigned shift = 8 * (is_big ? size - 1 - i : i);
    bytes += shift < 64 ? static_cast<char>(value >> shift & 0xFF) : '\0';
  }
  return bytes;
}

inline std::string big(std::uint64_t value, unsigned size) { return number(value, size, true); }

enum : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kAck = 16 };

inline constexpr std::uint16_t kClientPort = 50'000;
inline constexpr std::uint16_t kServerPort = 80;

struct Segment {
  bool is_from_client = true;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  unsigned flags = kAck;
  std::string payload = {};
  std::uint16_t client_port = kClientPort;
};

inline std::string tcp_of(const Segment& segment) {
  const std::uint16_t from = segment.is_from_client ? segment.client_port : kServerPort;
  const std::uint16_t to = segment.is_from_client ? kServerPort : segment.client_port;
  return big(from, 2) + big(to, 2) + big(segment.sequence, 4) + big(segment.acknowledgement, 4) +
         big(0x50, 1) + big(segment.flags, 1) + big(0xFFFF, 2) + big(0, 4) + segment.payload;
}

// 192.0.2.1 is the client, 192.0.2.2 the server.
inline std::string ipv4_of(const Segment& segment) {
  const std::string tcp = tcp_of(segment);
  const std::uint32_t client = 0xC0000201;
  const std::uint32_t server = 0xC0000202;
  return big(0x4500, 2) + big(20 + tcp.size(), 2) + big(0, 4) + big(0x4006, 2) + big(0, 2) +
         big(segment.is_from_client ? client : server, 4) +
         big(segment.is_from_client ? server : client, 4) + tcp;
}

// 2001:db8::1 is the client, 2001:db8::2 the server.
inline std::string ipv6_of(const Segment& segment, std::string_view extensions = {},
                           unsigned next = 6) {
  const std::string payload = std::string(extensions) + tcp_of(segment);
  const auto address = [](unsigned last) { return big(0x20010DB8, 4) + big(0, 8) + big(last, 4); };
  return big(0x60000000, 4) + big(payload.size(), 2) + big(next, 1) + big(64, 1) +
         address(segment.is_from_client ? 1 : 2) + address(segment.is_from_client ? 2 : 1) +
         payload;
}

struct Packet {
  std::uint64_t micros = 0;  // since the epoch
  std::string bytes;
  std::uint32_t original = 0;  // 0: as many as there are
};

inline constexpr std::uint64_t kEpochMicros = 1'800'000'000'000'000;

// Raw IP packets (LINKTYPE_RAW), a millisecond apart.
inline std::vector<Packet> packets_of(const std::vector<Segment>& segments) {
  std::vector<Packet> packets;
  for (const Segment& segment : segments) {
    packets.push_back({kEpochMicros + 1000 * packets.size(), ipv4_of(segment)});
  }
  return packets;
}

struct PcapKind {
  std::uint32_t link_type = 101;
  bool is_big = false;
  bool is_nano = false;
};

inline std::string pcap_of(const std::vector<Packet>& packets, const PcapKind& kind = {}) {
  const auto word = [&](std::uint64_t value) { return number(value, 4, kind.is_big); };
  std::string file = word(kind.is_nano ? 0xA1B23C4D : 0xA1B2C3D4) + number(2, 2, kind.is_big) +
                     number(4, 2, kind.is_big) + word(0) + word(0) + word(262'144) +
                     word(kind.link_type);
  for (const Packet& packet : packets) {
    file += word(packet.micros / 1'000'000) +
            word(packet.micros % 1'000'000 * (kind.is_nano ? 1000 : 1)) +
            word(packet.bytes.size()) +
            word(packet.original == 0 ? packet.bytes.size() : packet.original) + packet.bytes;
  }
  return file;
}

inline std::string block(std::uint32_t type, std::string body, bool is_big = false) {
  body.resize((body.size() + 3) / 4 * 4);
  const std::string length = number(body.size() + 12, 4, is_big);
  return number(type, 4, is_big) + length + body + length;
}

inline std::string section_block(bool is_big = false) {
  return block(0x0A0D0D0A,
               number(0x1A2B3C4D, 4, is_big) + number(1, 2, is_big) + number(0, 2, is_big) +
                   std::string(8, '\xFF'),
               is_big);
}

inline std::string option(std::uint16_t code, std::string value, bool is_big = false) {
  const std::string head = number(code, 2, is_big) + number(value.size(), 2, is_big);
  value.resize((value.size() + 3) / 4 * 4);
  return head + value;
}

inline std::string interface_block(std::uint32_t link_type = 101, const std::string& options = {},
                                   bool is_big = false) {
  return block(1, number(link_type, 2, is_big) + number(0, 2) + number(0, 4, is_big) + options,
               is_big);
}

// `micros` are ticks, where the interface says so.
inline std::string packet_block(const Packet& packet, std::uint32_t interface = 0,
                                bool is_big = false) {
  std::string bytes = packet.bytes;
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return block(
      6,
      number(interface, 4, is_big) + number(packet.micros >> 32, 4, is_big) +
          number(packet.micros & 0xFFFFFFFF, 4, is_big) + number(packet.bytes.size(), 4, is_big) +
          number(packet.original == 0 ? packet.bytes.size() : packet.original, 4, is_big) + bytes,
      is_big);
}

inline std::string pcapng_of(const std::vector<Packet>& packets, bool is_big = false) {
  std::string file = section_block(is_big) + interface_block(101, {}, is_big);
  for (const Packet& packet : packets) file += packet_block(packet, 0, is_big);
  return file;
}

// A whole connection: the client says `request`, the server `response`, the client ends first.
inline std::vector<Segment> conversation(const std::string& request, const std::string& response,
                                         std::uint32_t client = 1000, std::uint32_t server = 9000) {
  const auto asked = static_cast<std::uint32_t>(client + 1 + request.size());
  const auto answered = static_cast<std::uint32_t>(server + 1 + response.size());
  return {{true, client, 0, kSyn},
          {false, server, client + 1, kSyn | kAck},
          {true, client + 1, server + 1, kAck},
          {true, client + 1, server + 1, kAck, request},
          {false, server + 1, asked, kAck, response},
          {true, asked, answered, kAck | kFin},
          {false, answered, asked + 1, kAck | kFin},
          {true, asked + 1, answered + 1, kAck}};
}

}  // namespace lastframe::test
