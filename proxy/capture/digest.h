// Payload as a number, so that two taps can be compared without payload leaving their machines.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"

namespace lastframe::capture {

// Taps that are to be compared share it. The default is known to everybody: short payloads can then
// be guessed from their digests.
using DigestKey = std::array<std::uint64_t, 2>;
inline constexpr DigestKey kDefaultDigestKey{0x6c6173746672616dULL, 0x6520646967657374ULL};

// A key from a secret of any length.
DigestKey digest_key_of(std::string_view secret);

// SipHash-2-4 (Aumasson and Bernstein, 2012) of bytes that come in parts; the value does not depend
// on how they are cut.
class Digest {
 public:
  explicit Digest(const DigestKey& key = kDefaultDigestKey);

  void take(ByteView plain);
  // The digest of what came so far.
  std::uint64_t value() const;

 private:
  void compress(std::uint64_t word);

  std::array<std::uint64_t, 4> state_;
  std::uint64_t partial_ = 0;  // the last bytes, fewer than eight
  std::uint64_t size_ = 0;
};

}  // namespace lastframe::capture
