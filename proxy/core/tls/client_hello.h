// A TLS ClientHello, read from the first bytes of a stream without answering it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace lastframe::tls {

// What a client says of itself (RFC 8446 section 4.1.2). Lists in the client's order; GREASE values
// (RFC 8701) are left out.
struct ClientHello {
  // RFC 6066 section 3, in lower case and without a dot at its end; empty: none, or what can be no
  // name of a host (an address, other bytes than letters, digits, hyphens and underscores).
  std::string server_name;
  std::vector<std::string> alpn;        // RFC 7301, bytes as they came; at most kMostProtocols
  std::vector<std::uint16_t> versions;  // of supported_versions, else the one of the hello
  std::vector<std::uint16_t> ciphers;
  // RFC 9849: server_name is then only the outer one. Chromium always sends such an extension, and
  // where it is a decoy the name is the real one: nobody but the server can tell.
  bool has_encrypted_hello = false;

  bool operator==(const ClientHello&) const = default;
};

inline constexpr std::size_t kMostProtocols = 64;

enum class HelloState : unsigned char {
  incomplete,  // all fits so far
  complete,
  not_tls,    // the first bytes are no TLS handshake record
  malformed,  // TLS, but its lengths contradict each other, or it is no ClientHello
  too_long,   // over kLongestHello
};

struct HelloRead {
  HelloState state = HelloState::incomplete;
  ClientHello hello;  // of a complete one
};

// A hello may span records (RFC 8446 section 5.1), and with post-quantum keys it does.
inline constexpr std::size_t kLongestHello = 64 * 1024;  // bytes, record headers included

// `bytes`: all of the stream so far. Linear in their number, whatever they are; while the hello is
// incomplete only headers are looked at. A state other than incomplete is final.
HelloRead read_client_hello(ByteView bytes);

}  // namespace lastframe::tls
