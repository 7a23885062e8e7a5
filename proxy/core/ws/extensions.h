// Extension lists of the opening handshake (RFC 6455 section 9.1) and what they mean for frames.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lastframe::ws {

struct ExtensionParameter {
  std::string_view name;
  std::string_view value;  // without quotes; empty where none was given
};

struct Extension {
  std::string_view name;
  std::vector<ExtensionParameter> parameters;
};

// The extensions of a Sec-WebSocket-Extensions value, in order. Views into `value`.
std::vector<Extension> parse_extensions(std::string_view value);

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

// `accepted`: the value in the server's 101.
NegotiatedExtensions negotiated(std::string_view accepted);

}  // namespace lastframe::ws
