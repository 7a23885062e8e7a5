#include "core/ws/close_code.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

namespace lastframe::ws {
namespace {

// RFC 6455 section 7.4.2: "Status codes in the range 0-999 are not used", 1000-2999 are reserved
// for the protocol, 3000-3999 for libraries and applications, 4000-4999 for private use.
// Section 7.4.1 defines 1000-1003 and 1007-1011, reserves 1004, and says of 1005, 1006 and 1015
// that each "MUST NOT be set as a status code in a Close control frame by an endpoint". IANA's
// registry adds 1012 (Service Restart), 1013 (Try Again Later) and 1014 (Bad Gateway).
OnWire by_the_rfc(unsigned code) {
  switch (code) {
    case 1000:
    case 1001:
    case 1002:
    case 1003:
    case 1007:
    case 1008:
    case 1009:
    case 1010:
    case 1011:
    case 1012:
    case 1013:
    case 1014:
      return OnWire::allowed;
    case 1005:
    case 1006:
    case 1015:
      return OnWire::never;
    default:
      return code >= 3000 && code <= 4999 ? OnWire::allowed : OnWire::unassigned;
  }
}

TEST_CASE(
    "each of the 65,536 close codes may stand on the wire where RFC 6455 section 7.4 says so") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const CloseCodeRow& row = row_of(static_cast<CloseCode>(code));
    if (row.on_wire != by_the_rfc(code) || code < row.first || code > row.last) {
      CAPTURE(code);
      CHECK(row.on_wire == by_the_rfc(code));
      CHECK(row.first <= code);
      CHECK(row.last >= code);
    }
  }
}

TEST_CASE("every registered code has its registered name") {
  struct Row {
    unsigned code;
    std::string_view name;
  };
  // RFC 6455 section 11.7 and the IANA registry.
  constexpr Row kRows[]{
      {1000, "Normal Closure"},
      {1001, "Going Away"},
      {1002, "Protocol Error"},
      {1003, "Unsupported Data"},
      {1004, "Reserved"},
      {1005, "No Status Received"},
      {1006, "Abnormal Closure"},
      {1007, "Invalid Frame Payload Data"},
      {1008, "Policy Violation"},
      {1009, "Message Too Big"},
      {1010, "Mandatory Extension"},
      {1011, "Internal Error"},
      {1012, "Service Restart"},
      {1013, "Try Again Later"},
      {1014, "Bad Gateway"},
      {1015, "TLS Handshake Failure"},
      {3000, "Unauthorized"},
      {3003, "Forbidden"},
      {3008, "Timeout"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.code);
    CHECK(row_of(static_cast<CloseCode>(row.code)).name == row.name);
  }
}

TEST_CASE("the named codes have the RFC's numbers") {
  CHECK(static_cast<std::uint16_t>(CloseCode::normal_closure) == 1000);
  CHECK(static_cast<std::uint16_t>(CloseCode::protocol_error) == 1002);
  CHECK(static_cast<std::uint16_t>(CloseCode::no_status_received) == 1005);
  CHECK(static_cast<std::uint16_t>(CloseCode::abnormal_closure) == 1006);
  CHECK(static_cast<std::uint16_t>(CloseCode::tls_handshake_failure) == 1015);
}

}  // namespace
}  // namespace lastframe::ws
