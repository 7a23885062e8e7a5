// The close codes: numbers, names and where they may appear (RFC 6455 section 7.4 and the IANA
// registry "WebSocket Close Code Number"). Their texts live in the catalogue.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastframe::ws {

// A close code as a number; any 16 bits can come from the wire.
enum class CloseCode : std::uint16_t {
  normal_closure = 1000,
  protocol_error = 1002,
  no_status_received = 1005,
  abnormal_closure = 1006,
  tls_handshake_failure = 1015,
};

enum class OnWire : unsigned char {
  allowed,     // assigned, or in a range that libraries and applications may use
  never,       // 1005, 1006, 1015: "MUST NOT be set as a status code in a Close control frame"
  unassigned,  // not assigned to anybody, or reserved without a meaning
};

struct CloseCodeRow {
  std::uint16_t first;
  std::uint16_t last;
  std::string_view name;
  OnWire on_wire;
};

// Single codes and ranges, ascending, covering 0 to 65535 without a gap.
inline constexpr std::array kCloseCodes{
    CloseCodeRow{0, 999, "Not Used", OnWire::unassigned},
    CloseCodeRow{1000, 1000, "Normal Closure", OnWire::allowed},
    CloseCodeRow{1001, 1001, "Going Away", OnWire::allowed},
    CloseCodeRow{1002, 1002, "Protocol Error", OnWire::allowed},
    CloseCodeRow{1003, 1003, "Unsupported Data", OnWire::allowed},
    CloseCodeRow{1004, 1004, "Reserved", OnWire::unassigned},
    CloseCodeRow{1005, 1005, "No Status Received", OnWire::never},
    CloseCodeRow{1006, 1006, "Abnormal Closure", OnWire::never},
    CloseCodeRow{1007, 1007, "Invalid Frame Payload Data", OnWire::allowed},
    CloseCodeRow{1008, 1008, "Policy Violation", OnWire::allowed},
    CloseCodeRow{1009, 1009, "Message Too Big", OnWire::allowed},
    CloseCodeRow{1010, 1010, "Mandatory Extension", OnWire::allowed},
    CloseCodeRow{1011, 1011, "Internal Error", OnWire::allowed},
    CloseCodeRow{1012, 1012, "Service Restart", OnWire::allowed},
    CloseCodeRow{1013, 1013, "Try Again Later", OnWire::allowed},
    CloseCodeRow{1014, 1014, "Bad Gateway", OnWire::allowed},
    CloseCodeRow{1015, 1015, "TLS Handshake Failure", OnWire::never},
    CloseCodeRow{1016, 2999, "Unassigned", OnWire::unassigned},
    CloseCodeRow{3000, 3000, "Unauthorized", OnWire::allowed},
    CloseCodeRow{3001, 3002, "Library Code", OnWire::allowed},
    CloseCodeRow{3003, 3003, "Forbidden", OnWire::allowed},
    CloseCodeRow{3004, 3007, "Library Code", OnWire::allowed},
    CloseCodeRow{3008, 3008, "Timeout", OnWire::allowed},
    CloseCodeRow{3009, 3999, "Library Code", OnWire::allowed},
    CloseCodeRow{4000, 4999, "Application Code", OnWire::allowed},
    CloseCodeRow{5000, 65535, "Undefined", OnWire::unassigned},
};

static_assert(
    [] {
      std::size_t next = 0;
      for (const CloseCodeRow& row : kCloseCodes) {
        if (row.first != next || row.last < row.first) return false;
        next = std::size_t{row.last} + 1;
      }
      return next == 65536;
    }(),
    "every number has exactly one row");

constexpr const CloseCodeRow& row_of(CloseCode code) {
  std::size_t i = 0;
  while (static_cast<std::uint16_t>(code) > kCloseCodes[i].last) ++i;
  return kCloseCodes[i];
}

}  // namespace lastframe::ws
