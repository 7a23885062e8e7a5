// The sixteen opcodes of RFC 6455 section 5.2.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lastframe::ws {

// Every value 0 to 15 is valid in this type: a parser must be able to say "opcode 11".
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

// RFC 6455 section 5.5: "Control frames are identified by opcodes where the most significant bit of
// the opcode is 1", reserved ones (0xB to 0xF) included.
constexpr bool is_control(Opcode opcode) { return (static_cast<unsigned>(opcode) & 0x8u) != 0; }

// RFC 6455 section 5.2: 0x3 to 0x7 and 0xB to 0xF are reserved.
constexpr bool is_reserved(Opcode opcode) {
  const auto value = static_cast<unsigned>(opcode);
  return (value > 0x2 && value < 0x8) || value > 0xA;
}

constexpr std::string_view name(Opcode opcode) {
  constexpr std::array<std::string_view, 16> kNames{
      "continuation", "text",       "binary",     "reserved_3", "reserved_4", "reserved_5",
      "reserved_6",   "reserved_7", "close",      "ping",       "pong",       "reserved_b",
      "reserved_c",   "reserved_d", "reserved_e", "reserved_f"};
  return kNames[static_cast<unsigned>(opcode) & 0xFu];
}

}  // namespace lastframe::ws
