// Masking (RFC 6455 section 5.3): octet i is XORed with key octet i modulo 4.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/base/bytes.h"
#include "core/ws/frame.h"

namespace lastframe::ws {

// Sixteen bytes in one register where there are such (SSE2, NEON), else in words.
using Block [[gnu::vector_size(16)]] = std::uint64_t;

// `Word` is a Block or an unsigned number; the memory need not be aligned.
template <typename Word>
Word load(const std::byte* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

template <typename Word>
void store(Word word, std::byte* to) {
  std::memcpy(to, &word, sizeof word);
}

// The word that lies over the payload `bytes` further on than `key_word` does.
inline std::uint64_t key_word_after(std::uint64_t key_word, std::uint64_t bytes) {
  const int bits = static_cast<int>(bytes % 4 * 8);
  return std::endian::native == std::endian::little ? std::rotr(key_word, bits)
                                                    : std::rotl(key_word, bits);
}

// The key twice, in the order of memory, as it lies over the payload from byte `offset` on; so it
// lies over all that follows, eight bytes at a time. Zero only where masking changes nothing.
inline std::uint64_t key_word_at(const MaskingKey& key, std::uint64_t offset) {
  const std::uint64_t word = load<std::uint32_t>(key.data());
  return key_word_after(word << 32 | word, offset);
}

// As unmask() below, for more than 32 bytes.
void unmask_long(ByteView payload, std::uint64_t key_word, std::byte* result);

// The same with nothing that a CPU may lack; which is why it can be tested on every one.
void unmask_in_blocks(ByteView payload, std::uint64_t key_word, std::byte* result);

// Two words that may overlap, `size` <= 2 * sizeof(Word). Both are read before one is written.
template <typename Word>
void unmask_ends(const std::byte* payload, std::size_t size, Word key, Word last_key,
                 std::byte* result) {
  const std::size_t last_at = size - sizeof(Word);
  const Word first = load<Word>(payload) ^ key;
  const Word last = load<Word>(payload + last_at) ^ last_key;
  store(first, result);
  store(last, result + last_at);
}

// As the last unmask() below, with the key as key_word_at() gives it for the first byte of
// `payload`.
inline void unmask(ByteView payload, std::uint64_t key_word, std::byte* result) {
  const std::size_t size = payload.size();
  const std::byte* bytes = payload.data();
  if (size > 2 * sizeof(Block)) return unmask_long(payload, key_word, result);
  if (size >= 4) {
    const std::uint64_t last = key_word_after(key_word, size);
    if (size >= sizeof(Block))
      return unmask_ends<Block>(bytes, size, Block{key_word, key_word}, Block{last, last}, result);
    if (size >= 8) return unmask_ends<std::uint64_t>(bytes, size, key_word, last, result);
    return unmask_ends<std::uint32_t>(bytes, size, static_cast<std::uint32_t>(key_word),
                                      static_cast<std::uint32_t>(last), result);
  }
  std::byte key[sizeof key_word];
  store(key_word, key);
  for (std::size_t i = 0; i < size; ++i) result[i] = bytes[i] ^ key[i];
}

// Writes the unmasked (or masked: it is its own inverse) `payload` to `result`, which has at least
// its size, and nothing behind that. `offset` is the place of the first byte within the frame's
// payload. `result` begins where `payload` does, or they do not overlap.
inline void unmask(ByteView payload, const MaskingKey& key, std::uint64_t offset,
                   std::span<std::byte> result) {
  unmask(payload, key_word_at(key, offset), result.data());
}

}  // namespace lastframe::ws
