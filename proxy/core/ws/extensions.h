// Extension lists of the opening handshake (RFC 6455 section 9.1), the negotiation of
// permessage-deflate (RFC 7692 section 7.1), and what was negotiated means for frames.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/ws/rule.h"

namespace lastframe::ws {

struct ExtensionParameter {
  std::string_view name;
  std::optional<std::string_view> value = {};  // without quotes; none where no "=" stands
  bool is_quoted = false;                      // a backslash in `value` escapes what follows it
};

struct Extension {
  std::string_view name;
  std::vector<ExtensionParameter> parameters;
};

// The extensions of a Sec-WebSocket-Extensions value, in order. Views into `value`. Reads anything;
// empty elements are left out.
std::vector<Extension> parse_extensions(std::string_view value);

// Whether this is permessage-deflate. Names and parameters are compared in any case: RFC 6455 calls
// them tokens and says no more.
bool is_deflate(const Extension& extension);

// `name` where it may stand in a report: a token of less than 32 characters. Else words for it.
std::string shown_name(std::string_view name);

// How one side compresses its messages (RFC 7692 section 7.1).
struct DeflateParameters {
  std::uint8_t window_bits = 15;  // 8 to 15: it refers back 2^window_bits bytes at most
  bool takes_over = true;         // it may refer back into the messages before

  bool operator==(const DeflateParameters&) const = default;
};

// What the accepted extensions change about frames.
struct NegotiatedExtensions {
  bool has_deflate = false;  // permessage-deflate (RFC 7692): RSV1 marks compressed messages
  bool has_unknown = false;  // reserved bits, opcodes and payloads may mean anything
  std::array<DeflateParameters, 2> deflate = {};  // by the Endpoint that compresses

  bool operator==(const NegotiatedExtensions&) const = default;
};

// `accepted`: the value in the server's 101. Of several permessage-deflate the first counts, and of
// a repeated parameter too; window bits that are no number from 8 to 15 count as 15.
NegotiatedExtensions negotiated(std::string_view accepted);

struct ExtensionFault {
  Rule rule;
  std::string detail;

  bool operator==(const ExtensionFault&) const = default;
};

// The rules that a permessage-deflate breaks on its own (PD-02, PD-03), each at most once. The
// client offers it, the server answers with it.
std::vector<ExtensionFault> parameter_faults(const Extension& deflate, Endpoint speaker);

// The rules that the server's permessage-deflate breaks against the client's offers (PD-04, PD-05),
// each at most once. `offered` may hold several alternatives (and other extensions): the answer is
// judged against the one that it fits best, the first of several. Only where each alternative is at
// fault itself do such alternatives count, for a server must decline them. None: nothing to judge.
std::vector<ExtensionFault> answer_faults(const Extension& deflate,
                                          const std::vector<Extension>& offered);

}  // namespace lastframe::ws
