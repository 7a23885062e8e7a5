// Which rules the heads of an opening handshake break (RFC 6455 sections 4 and 9.1, RFC 7692
// section 5 to 7.1, RFC 9112).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/head.h"
#include "core/ws/opening_handshake.h"
#include "core/ws/rule.h"

namespace lastframe::ws {

struct HandshakeFault {
  Rule rule;
  std::size_t offset;  // within the head: of the field at fault, or 0 where one is missing
  std::string detail;  // a phrase: what was seen; no value that could be a secret

  bool operator==(const HandshakeFault&) const = default;
};

// In the order of their offsets, then of the rules' table; at most one fault for each rule and
// field. `text`: the head as it came, which `request` and its fields point into. Without it
// header_malformed is not judged, and all offsets are 0.
std::vector<HandshakeFault> request_faults(const http::RequestHead& request, std::string_view text);

// Of a 101, judged against what was offered.
std::vector<HandshakeFault> response_faults(const http::ResponseHead& response,
                                            std::string_view text, const HandshakeOffer& offer);

// Whether a conforming client takes a 101 with these faults (RFC 6455 section 4.1, steps 2 to 6 on
// the response; RFC 7692 sections 5 and 7.1). Body framing and malformed lines fail no handshake:
// no sentence tells a client to look at them.
bool is_acceptable(const std::vector<HandshakeFault>& response_faults);

}  // namespace lastframe::ws
