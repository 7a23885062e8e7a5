// A frame header as it stands on the wire (RFC 6455 section 5.2), legal or not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

// The most a control frame may carry (RFC 6455 section 5.5).
inline constexpr std::uint64_t kLongestControlPayload = 125;

// Whether the length stands in the fewest bytes that can hold it (RFC 6455 section 5.2).
constexpr bool has_minimal_length(const FrameHeader& header) {
  const int length_bytes = header.header_length - 2 - (header.masking_key ? 4 : 0);
  if (length_bytes == 2) return header.payload_length > 125;
  if (length_bytes == 8) return header.payload_length > 0xFFFF;
  return true;
}

}  // namespace lastframe::ws
