// Writes frames exactly as asked for, legal or not: what the demo sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/ws/opcode.h"

namespace lastframe::tools {

// A client's frame has a masking key and a server's has none (RFC 6455 section 5.1), or the
// other way round.
enum class Masking : unsigned char { as_the_role_demands, wrong };

struct FrameDraft {
  ws::Opcode opcode = ws::Opcode::text;
  std::string payload{};
  bool fin = true;
  std::uint8_t rsv = 0;  // ws::kRsv1 | ws::kRsv2 | ws::kRsv3
  Masking masking = Masking::as_the_role_demands;
  std::optional<std::uint64_t> stated_length{};  // absent: the payload's real one
  bool has_long_length = false;                  // eight bytes of length, however few would do
};

// The frame as `from` puts it on the wire.
std::string wire_bytes(const FrameDraft& draft, Endpoint from);

// A Close frame's body: two bytes of code and the reason (RFC 6455 section 5.5.1).
std::string close_payload(std::uint16_t code, std::string_view reason);

}  // namespace lastframe::tools
