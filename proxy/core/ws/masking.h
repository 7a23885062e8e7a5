// Masking (RFC 6455 section 5.3): octet i is XORed with key octet i modulo 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/ws/frame.h"

namespace lastframe::ws {

// Writes the unmasked (or masked: it is its own inverse) `payload` to `result`, which has at least
// its size. `offset` is the place of the first byte within the frame's payload.
inline void unmask(ByteView payload, const MaskingKey& key, std::uint64_t offset,
                   std::span<std::byte> result) {
  for (std::size_t i = 0; i < payload.size(); ++i) result[i] = payload[i] ^ key[(offset + i) & 3];
}

}  // namespace lastframe::ws
