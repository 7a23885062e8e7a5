// A frame header as it stands on the wire (RFC 6455 section 5.2), legal or not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/ws/opcode.h"

namespace lastframe::ws {

// The reserved bits as FrameHeader holds them, shifted down from the wire's 0x40, 0x20 and 0x10.
inline constexpr std::uint8_t kRsv1 = 4;
inline constexpr std::uint8_t kRsv2 = 2;
inline constexpr std::uint8_t kRsv3 = 1;

using MaskingKey = std::array<std::byte, 4>;

//   byte 0: FIN RSV1 RSV2 RSV3 opcode(4) | byte 1: MASK length(7) | 0, 2 or 8 bytes of length |
//   0 or 4 bytes of masking key
struct FrameHeader {
  bool fin = false;
  std::uint8_t rsv = 0;  // kRsv1 | kRsv2 | kRsv3
  Opcode opcode = Opcode::continuation;
  std::uint8_t header_length = 2;    // bytes: 2 to 14
  std::uint64_t payload_length = 0;  // all 64 bits, also where the forbidden top bit is set
  std::optional<MaskingKey> masking_key = std::nullopt;

  bool operator==(const FrameHeader&) const = default;
};

// Of a header whose second byte this is: 2 to 14 bytes.
inline std::size_t header_length(std::byte second) {
  const unsigned value = std::to_integer<unsigned>(second);
  const unsigned length = value & 0x7Fu;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + extended + ((value & 0x80u) != 0 ? 4 : 0);
}

// `bytes`: a whole header, header_length(bytes[1]) long.
inline FrameHeader decode_frame_header(const std::byte* bytes) {
  const auto byte = [bytes](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  FrameHeader header;
  header.fin = (byte(0) & 0x80u) != 0;
  header.rsv = static_cast<std::uint8_t>(byte(0) >> 4 & 0x7u);
  header.opcode = static_cast<Opcode>(byte(0) & 0xFu);
  header.header_length = static_cast<std::uint8_t>(header_length(bytes[1]));
  const unsigned length = byte(1) & 0x7Fu;
  header.payload_length = length;
  if (length >= 126) {
    header.payload_length = 0;
    const std::size_t end = length == 126 ? 4 : 10;
    for (std::size_t i = 2; i < end; ++i)
      header.payload_length = header.payload_length << 8 | byte(i);
  }
  if ((byte(1) & 0x80u) != 0) {
    std::memcpy(header.masking_key.emplace().data(), bytes + header.header_length - 4, 4);
  }
  return header;
}

// How many bytes of the header hold a length that the second byte has no room for: 0, 2 or 8.
constexpr unsigned length_bytes(const FrameHeader& header) {
  return header.header_length - 2u - (header.masking_key ? 4u : 0u);
}

constexpr std::uint8_t first_byte(const FrameHeader& header) {
  return static_cast<std::uint8_t>((header.fin ? 0x80u : 0u) |
                                   static_cast<unsigned>(header.rsv << 4) |
                                   static_cast<unsigned>(header.opcode));
}

// A header's bytes as they stand on the wire: `bytes` takes 14, the result says how many they are.
inline std::size_t encode_frame_header(const FrameHeader& header, std::byte* bytes) {
  const std::size_t extended = length_bytes(header);
  const std::uint64_t length = extended == 0 ? header.payload_length : extended == 2 ? 126 : 127;
  bytes[0] = std::byte{first_byte(header)};
  bytes[1] = static_cast<std::byte>((header.masking_key ? 0x80u : 0u) | length);
  for (std::size_t i = 0; i < extended; ++i) {
    bytes[2 + i] = static_cast<std::byte>(header.payload_length >> (8 * (extended - 1 - i)));
  }
  if (header.masking_key) std::memcpy(bytes + 2 + extended, header.masking_key->data(), 4);
  return header.header_length;
}

// The most a control frame may carry (RFC 6455 section 5.5).
inline constexpr std::uint64_t kLongestControlPayload = 125;

// Whether the length stands in the fewest bytes that can hold it (RFC 6455 section 5.2).
constexpr bool has_minimal_length(const FrameHeader& header) {
  if (length_bytes(header) == 2) return header.payload_length > 125;
  if (length_bytes(header) == 8) return header.payload_length > 0xFFFF;
  return true;
}

}  // namespace lastframe::ws
