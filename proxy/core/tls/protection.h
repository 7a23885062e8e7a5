// How the records of a cipher suite are protected once there are keys: what it takes to open them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lastframe::tls {

enum class Sealing : unsigned char { gcm, ccm, chacha20_poly1305, cbc };
enum class Hash : unsigned char { sha1, sha256, sha384 };

struct Protection {
  Sealing sealing = Sealing::gcm;
  std::uint8_t key = 0;      // bytes
  std::uint8_t tag = 0;      // bytes: of the AEAD, or of CBC's MAC
  Hash hash = Hash::sha256;  // keys are derived with
  Hash mac = Hash::sha256;   // of CBC
  bool is_of_tls13 = false;

  bool operator==(const Protection&) const = default;
};

inline constexpr std::size_t hash_size(Hash hash) {
  return hash == Hash::sha1 ? 20 : hash == Hash::sha256 ? 32 : 48;
}

// Of the suites in kCiphers, by what their names say (RFC 8446 appendix B.4; RFC 5246 appendix C;
// RFC 5288, 6655, 7905). None: RC4, 3DES, and what is not known.
std::optional<Protection> protection_of(std::uint16_t cipher);

}  // namespace lastframe::tls
