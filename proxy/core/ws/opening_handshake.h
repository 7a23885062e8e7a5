// The opening handshake (RFC 6455 section 4): what the client asked for, and how a server proves
// that it has understood. handshake_rules.h judges both heads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http/head.h"

namespace lastframe::ws {

// What a 101 is judged against. Kept only until the answer is there.
struct HandshakeOffer {
  std::string key;  // Sec-WebSocket-Key as sent
  // RFC 8441 section 5: the upgrade is the request's `:protocol`, and nothing is proved by a key.
  bool is_http2 = false;
  std::optional<std::string> subprotocols;
  std::optional<std::string> extensions;
};

HandshakeOffer offer_of(const http::RequestHead& request);

// base64(SHA-1(key + GUID)): what the server must answer (RFC 6455 section 4.2.2). Empty only when
// the digest is not to be had.
std::string accept_value(std::string_view key);

}  // namespace lastframe::ws
