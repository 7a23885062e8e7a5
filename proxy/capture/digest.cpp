#include "capture/digest.h"

#include <bit>
#include <cstddef>

namespace lastframe::capture {
namespace {

void round(std::array<std::uint64_t, 4>& v) {
  v[0] += v[1];
  v[1] = std::rotl(v[1], 13) ^ v[0];
  v[0] = std::rotl(v[0], 32);
  v[2] += v[3];
  v[3] = std::rotl(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = std::rotl(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = std::rotl(v[1], 17) ^ v[2];
  v[2] = std::rotl(v[2], 32);
}

}  // namespace

Digest::Digest(const DigestKey& key)
    : state_{key[0] ^ 0x736f6d6570736575ULL, key[1] ^ 0x646f72616e646f6dULL,
             key[0] ^ 0x6c7967656e657261ULL, key[1] ^ 0x7465646279746573ULL} {}

DigestKey digest_key_of(std::string_view secret) {
  DigestKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    Digest half;
    const std::byte which{static_cast<unsigned char>(i)};
    half.take(ByteView(&which, 1));
    half.take(as_bytes(secret));
    key[i] = half.value();
  }
  return key;
}

void Digest::compress(std::uint64_t word) {
  state_[3] ^= word;
  round(state_);
  round(state_);
  state_[0] ^= word;
}

void Digest::take(ByteView plain) {
  for (const std::byte byte : plain) {
    partial_ |= std::to_integer<std::uint64_t>(byte) << (8 * (size_ % 8));
    if (++size_ % 8 != 0) continue;
    compress(partial_);
    partial_ = 0;
  }
}

std::uint64_t Digest::value() const {
  Digest last = *this;
  last.compress(partial_ | size_ << 56);
  last.state_[2] ^= 0xFF;
  for (int i = 0; i < 4; ++i) round(last.state_);
  return last.state_[0] ^ last.state_[1] ^ last.state_[2] ^ last.state_[3];
}

}  // namespace lastframe::capture
