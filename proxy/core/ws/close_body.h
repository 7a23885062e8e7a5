// The body of a Close frame (RFC 6455 section 5.5.1): it has one of three shapes.
#pragma once

#include <string>
#include <variant>

#include "core/base/bytes.h"
#include "core/ws/close_code.h"
#include "core/ws/frame_rules.h"

namespace lastframe::ws {

struct NoStatus {
  bool operator==(const NoStatus&) const = default;
};

// `reason` holds the bytes as they came, valid UTF-8 or not.
struct StatusAndReason {
  CloseCode code = CloseCode::normal_closure;
  std::string reason;

  bool operator==(const StatusAndReason&) const = default;
};

struct TruncatedStatus {
  std::byte only_byte{};

  bool operator==(const TruncatedStatus&) const = default;
};

using CloseBody = std::variant<NoStatus, StatusAndReason, TruncatedStatus>;

// `payload`: the whole body, unmasked.
CloseBody decode_close_body(ByteView payload);

// The rules that a body breaks (CL-01 to CL-04).
RuleSet broken_rules(const CloseBody& body);

// What a receiver reports as the code: 1005 for an empty body (RFC 6455 section 7.1.5), 1002 for
// one byte, else the number as on the wire, illegal ones too.
CloseCode reported_code(const CloseBody& body);

}  // namespace lastframe::ws
