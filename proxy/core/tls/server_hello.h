// What a server says in clear text of a TLS handshake: its hello and, up to TLS 1.2, its
// certificates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"

namespace lastframe::tls {

// RFC 8446 section 4.1.3.
struct ServerHello {
  std::uint16_t version = 0;
  std::uint16_t cipher = 0;
  std::string alpn{};     // in TLS 1.3 it is encrypted: empty
  bool is_retry = false;  // a HelloRetryRequest: the client is to send another hello

  bool operator==(const ServerHello&) const = default;
};

// Of the body of a ServerHello message, behind its header; none where its lengths contradict each
// other.
std::optional<ServerHello> read_server_hello(ByteView body);

// The protocol that a server of TLS 1.3 chose, in the body of its EncryptedExtensions (RFC 8446
// section 4.3.1); empty where there is none, or where its lengths contradict each other.
std::string protocol_in_encrypted_extensions(ByteView body);

// How many certificates there are in the body of a Certificate message up to TLS 1.2 (RFC 5246
// section 7.4.2); none where its lengths contradict each other.
std::optional<std::size_t> certificate_count(ByteView body);

}  // namespace lastframe::tls
