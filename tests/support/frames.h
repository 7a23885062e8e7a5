// Frames for tests, encoded from the drawing in RFC 6455 section 5.2 and not by the code under
// test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/ws/frame.h"

namespace lastframe::test {

// The bytes of a header, with a length field as wide as its header_length says.
inline std::string encode(const ws::FrameHeader& header) {
  const std::size_t mask_bytes = header.masking_key ? 4 : 0;
  const std::size_t length_bytes = header.header_length - 2u - mask_bytes;
  const std::uint64_t short_length = length_bytes == 0   ? header.payload_length
                                     : length_bytes == 2 ? 126
                                                         : 127;
  std::string bytes;
  bytes += static_cast<char>((header.fin ? 0x80 : 0) | header.rsv << 4 |
                             static_cast<int>(header.opcode));
  bytes += static_cast<char>((header.masking_key ? 0x80u : 0u) | short_length);
  for (std::size_t i = length_bytes; i > 0; --i) {
    bytes += static_cast<char>(header.payload_length >> (8 * (i - 1)) & 0xFF);
  }
  if (header.masking_key) {
    for (const std::byte byte : *header.masking_key) bytes += static_cast<char>(byte);
  }
  return bytes;
}

// A header with a length in the fewest bytes, masked where the sender must mask.
inline ws::FrameHeader header_of(Endpoint from, ws::Opcode opcode, std::uint64_t payload_length,
                                 bool fin = true) {
  ws::FrameHeader header{.fin = fin, .opcode = opcode, .payload_length = payload_length};
  if (payload_length > 125) header.header_length = 4;
  if (payload_length > 0xFFFF) header.header_length = 10;
  if (from == Endpoint::client) {
    header.header_length = static_cast<std::uint8_t>(header.header_length + 4);
    header.masking_key = {std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};
  }
  return header;
}

// `header` with `payload` behind it, masked where the header has a key.
inline std::string frame(const ws::FrameHeader& header, std::string_view payload) {
  std::string bytes = encode(header);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    const auto key = header.masking_key ? (*header.masking_key)[i % 4] : std::byte{0};
    bytes += static_cast<char>(static_cast<std::byte>(payload[i]) ^ key);
  }
  return bytes;
}

inline std::string frame(Endpoint from, ws::Opcode opcode, std::string_view payload,
                         bool fin = true) {
  return frame(header_of(from, opcode, payload.size(), fin), payload);
}

inline std::string close_payload(unsigned code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return payload.append(reason);
}

}  // namespace lastframe::test
