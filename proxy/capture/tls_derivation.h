// What the secrets of a key log become: keys and IVs (RFC 8446 section 7.3, RFC 5246 section 6.3).
// All of it is OpenSSL's doing.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "capture/tls_secrets.h"
#include "core/base/bytes.h"
#include "core/tls/protection.h"

namespace lastframe::capture {

// HKDF-Expand-Label(secret, label, "", room.size()), RFC 8446 section 7.1. False: OpenSSL here
// cannot do it.
bool expand_label(tls::Hash hash, const TlsSecret& secret, std::string_view label,
                  std::span<std::byte> room);

// The traffic secret behind a KeyUpdate (RFC 8446 section 7.2).
std::optional<TlsSecret> next_traffic_secret(tls::Hash hash, const TlsSecret& secret);

// PRF(master, "key expansion", server random + client random), RFC 5246 section 6.3.
bool expand_keys(tls::Hash hash, const TlsSecret& master, const TlsRandom& client,
                 const TlsRandom& server, std::span<std::byte> room);

}  // namespace lastframe::capture
