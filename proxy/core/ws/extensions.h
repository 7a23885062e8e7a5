// Extension lists of the opening handshake (RFC 6455 section 9.1) and what they mean for frames.
#pragma once

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

// What the accepted extensions change about frame headers.
struct NegotiatedExtensions {
  bool has_deflate = false;  // permessage-deflate (RFC 7692): RSV1 marks compressed messages
  bool has_unknown = false;  // reserved bits and opcodes may mean anything

  bool operator==(const NegotiatedExtensions&) const = default;
};

// `accepted`: the value in the server's 101.
NegotiatedExtensions negotiated(std::string_view accepted);

}  // namespace lastframe::ws
