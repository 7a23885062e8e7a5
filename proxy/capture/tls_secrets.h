// Secrets of TLS connections as key logs name them (draft-ietf-tls-keylogfile).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/tls/hello_parts.h"

namespace lastframe::capture {

// 32 or 48 bytes.
class TlsSecret {
 public:
  static constexpr std::size_t kMost = 48;

  TlsSecret() = default;
  // At most kMost bytes.
  explicit TlsSecret(ByteView bytes) : size_(static_cast<std::uint8_t>(bytes.size())) {
    std::ranges::copy(bytes, bytes_.begin());
  }

  ByteView view() const { return ByteView(bytes_).first(size_); }
  bool operator==(const TlsSecret&) const = default;

 private:
  std::array<std::byte, kMost> bytes_{};
  std::uint8_t size_ = 0;
};

enum class SecretLabel : unsigned char {
  master,  // CLIENT_RANDOM: up to TLS 1.2
  client_handshake,
  server_handshake,
  client_traffic,
  server_traffic,
};
inline constexpr std::size_t kSecretLabels = 5;

// Of one connection, by SecretLabel.
using TlsSecrets = std::array<std::optional<TlsSecret>, kSecretLabels>;

// A client's random bytes: what key logs call a connection.
using TlsRandom = std::array<std::byte, tls::kRandom>;

}  // namespace lastframe::capture
