// The numbers of TLS that we look at, as they stand on the wire.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lastframe::tls {

// type(1) 03 minor(1) length(2) | fragment: RFC 8446 section 5.1.
inline constexpr std::size_t kRecordHeader = 5;
inline constexpr std::size_t kLongestPlainFragment = 1 << 14;
// RFC 5246 section 6.2.3 allows an encrypted one 2,048 bytes more, RFC 8446 section 5.2 only 256.
inline constexpr std::size_t kLongestFragment = kLongestPlainFragment + 2048;

enum class RecordType : unsigned char {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24,  // RFC 6520
};

// Two bytes of an alert, one of its type and a tag of 16 bytes: a record in TLS 1.3 (RFC 8446
// section 5.2).
inline constexpr std::uint16_t kLongestSealedAlert = 2 + 1 + 16;

// type(1) length(3) | body: RFC 8446 section 4.
inline constexpr std::size_t kMessageHeader = 4;

enum class MessageType : unsigned char {
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  end_of_early_data = 5,
  encrypted_extensions = 8,
  certificate = 11,
  finished = 20,
  key_update = 24,
};

enum class ExtensionType : std::uint16_t {
  server_name = 0,
  application_layer_protocol_negotiation = 16,
  encrypt_then_mac = 22,
  session_ticket = 35,
  supported_versions = 43,
  encrypted_client_hello = 0xFE0D,
};

inline constexpr std::uint16_t kTls12 = 0x0303;
inline constexpr std::uint16_t kTls13 = 0x0304;

// RFC 8701: values that mean nothing, so that peers stay used to unknown ones.
constexpr bool is_grease(std::uint16_t value) {
  return (value & 0x0F0F) == 0x0A0A && value >> 8 == (value & 0xFF);
}

}  // namespace lastframe::tls
