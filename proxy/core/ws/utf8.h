// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/ws/frame.h"
#include "core/ws/masking.h"

namespace lastframe::ws {

bool is_valid_utf8(std::string_view text);

// `text` with each ill-formed part replaced by U+FFFD (one for each maximal subpart, as the Unicode
// Standard recommends in section 3.9); valid text comes back unchanged.
std::string with_replacements(std::string_view text);

// As is_ascii_under() below, for more than 128 bytes.
bool is_ascii_long(ByteView bytes, std::uint64_t key_word);

// How many bytes at the beginning are ASCII once unmasked: all, or as many as whole turns of 128
// have found. With nothing that a CPU may lack; which is why it can be tested on every one.
std::size_t ascii_size_in_blocks(ByteView bytes, std::uint64_t key_word);

// kSize bytes (16 times a power of two), unmasked and ORed into one block.
template <std::size_t kSize>
Block any_of(const std::byte* bytes, Block key) {
  if constexpr (kSize == sizeof(Block)) {
    return load<Block>(bytes) ^ key;
  } else {
    return any_of<kSize / 2>(bytes, key) | any_of<kSize / 2>(bytes + kSize / 2, key);
  }
}

inline bool has_high_bits(Block block) { return ((block[0] | block[1]) & 0x8080808080808080) != 0; }

// Whether all bytes are below 0x80 once they are XORed with the key, which is given as
// key_word_at() gives it for the first. Zero: the bytes are not masked. No loop and no call up to
// 128 bytes: the first and the last blocks are looked at, which may overlap.
inline bool is_ascii_under(std::uint64_t key_word, ByteView bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const std::size_t size = bytes.size();
  const std::byte* begin = bytes.data();
  const std::byte* end = begin + size;
  const std::uint64_t last_word = key_word_after(key_word, size);
  if (size >= sizeof(Block)) {
    if (size > 128) return is_ascii_long(bytes, key_word);
    const Block key{key_word, key_word};
    const Block last{last_word, last_word};
    const Block seen = size > 64   ? any_of<64>(begin, key) | any_of<64>(end - 64, last)
                       : size > 32 ? any_of<32>(begin, key) | any_of<32>(end - 32, last)
                                   : any_of<16>(begin, key) | any_of<16>(end - 16, last);
    return !has_high_bits(seen);
  }
  if (size >= 8) {
    const auto first = load<std::uint64_t>(begin) ^ key_word;
    return ((first | (load<std::uint64_t>(end - 8) ^ last_word)) & kHighBits) == 0;
  }
  if (size >= 4) {
    const auto first = load<std::uint32_t>(begin) ^ key_word;
    return ((first | (load<std::uint32_t>(end - 4) ^ last_word)) & (kHighBits >> 32)) == 0;
  }
  std::byte key[sizeof key_word];
  store(key_word, key);
  std::byte seen{};
  for (std::size_t i = 0; i < size; ++i) seen |= begin[i] ^ key[i];
  return (seen & std::byte{0x80}) == std::byte{};
}

inline bool is_ascii(ByteView bytes) { return is_ascii_under(0, bytes); }

// Of bytes as they stand on the wire. `offset`: of the first within its frame's payload.
inline bool is_ascii_masked(ByteView bytes, const MaskingKey& key, std::uint64_t offset) {
  return is_ascii_under(key_word_at(key, offset), bytes);
}

// The text of one message, which comes in parts of any size. One byte of state. For short parts it
// is faster to ask is_between_characters() and is_ascii() first, which need no call.
class Utf8Stream {
 public:
  // Takes the next part. No value: the text can still be valid. Else the place within `part` of the
  // first byte with which no valid text can go on; then nothing more may be fed before reset().
  std::optional<std::size_t> feed(ByteView part) { return fault_in(part, 0); }

  // Likewise for a part as it stands on the wire, masked. `offset`: of its first byte within its
  // frame's payload. ASCII is recognised without unmasking.
  std::optional<std::size_t> feed_masked(ByteView part, const MaskingKey& key,
                                         std::uint64_t offset) {
    return fault_in(part, key_word_at(key, offset));
  }

  // Whether the text may end here: not inside a character.
  bool is_between_characters() const { return state_ == kBetweenCharacters; }

  void reset() { state_ = kBetweenCharacters; }

 private:
  static constexpr std::uint8_t kBetweenCharacters = 0;

  // Inline, so that an optional is not built in memory only to be taken apart.
  std::optional<std::size_t> fault_in(ByteView part, std::uint64_t key_word) {
    const std::size_t taken = take(part, key_word);
    return taken == part.size() ? std::nullopt : std::optional(taken);
  }

  // The place of the byte at fault, or the part's size.
  std::size_t take(ByteView part, std::uint64_t key_word);
  std::size_t take_blocks(ByteView part, std::uint64_t key_word, std::size_t at);

  std::uint8_t state_ = kBetweenCharacters;  // a State of utf8.cpp
};

}  // namespace lastframe::ws
