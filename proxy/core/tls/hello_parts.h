// Of both hellos, what keys are derived from and found by. The views are of the message's body.
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/bytes.h"

namespace lastframe::tls {

inline constexpr std::size_t kRandom = 32;  // bytes

struct HelloParts {
  ByteView random;
  ByteView session_id;                // at most 32 bytes
  ByteView ticket;                    // a client's (RFC 5077 section 3.2); empty: it has none
  bool has_encrypt_then_mac = false;  // RFC 7366; of a server's hello: it will
};

// Of the body of a ClientHello or ServerHello; none where its lengths contradict each other.
std::optional<HelloParts> client_hello_parts(ByteView body);
std::optional<HelloParts> server_hello_parts(ByteView body);

// The ticket in the body of a NewSessionTicket of TLS 1.2 (RFC 5077 section 3.3); empty where there
// is none.
ByteView new_ticket(ByteView body);

}  // namespace lastframe::tls
