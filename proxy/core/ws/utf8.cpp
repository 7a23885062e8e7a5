#include "core/ws/utf8.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace lastframe::ws {
namespace {

// What may come next, as RFC 3629 section 4 has it: how many bytes of 80-BF end the character, or
// after which first byte the second has a range of its own. Each value is the place of six bits in
// a Row, so that a step is one shift.
enum State : std::uint8_t {
  between_characters = 0,
  one_more = 6,
  two_more = 12,
  three_more = 18,
  after_e0 = 24,
  after_ed = 30,
  after_f0 = 36,
  after_f4 = 42,
  fault = 48,
};

// For one byte: at each state's place the state that the byte leads to.
using Row = std::uint64_t;

constexpr std::array<Row, 256> make_rows() {
  struct Step {
    State from;
    unsigned first, last;
    State to;
  };
  constexpr auto kSteps = std::to_array<Step>({
      {between_characters, 0x00, 0x7F, between_characters},
      {between_characters, 0xC2, 0xDF, one_more},
      {between_characters, 0xE0, 0xE0, after_e0},
      {between_characters, 0xE1, 0xEC, two_more},
      {between_characters, 0xED, 0xED, after_ed},
      {between_characters, 0xEE, 0xEF, two_more},
      {between_characters, 0xF0, 0xF0, after_f0},
      {between_characters, 0xF1, 0xF3, three_more},
      {between_characters, 0xF4, 0xF4, after_f4},
      {one_more, 0x80, 0xBF, between_characters},
      {two_more, 0x80, 0xBF, one_more},
      {three_more, 0x80, 0xBF, two_more},
      {after_e0, 0xA0, 0xBF, one_more},
      {after_ed, 0x80, 0x9F, one_more},
      {after_f0, 0x90, 0xBF, two_more},
      {after_f4, 0x80, 0x8F, two_more},
  });
  std::array<Row, 256> rows{};
  for (Row& row : rows) {
    for (unsigned from = between_characters; from <= fault; from += 6) row |= Row{fault} << from;
  }
  for (const Step& step : kSteps) {
    for (unsigned byte = step.first; byte <= step.last; ++byte)
      rows[byte] ^= (Row{fault} ^ step.to) << step.from;
  }
  return rows;
}

constexpr std::array<Row, 256> kRows = make_rows();

std::uint8_t next(std::uint8_t state, std::byte byte) {
  return static_cast<std::uint8_t>(kRows[std::to_integer<std::size_t>(byte)] >> state & 0x3F);
}

// Goes on from `state` to the first byte that is at fault, or to the end. Its place.
std::size_t step_over(ByteView bytes, std::uint8_t& state) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    state = next(state, bytes[i]);
    if (state == fault) return i;
  }
  return bytes.size();
}

// How many bytes at the end may begin a character that they do not end: 0 to 3.
std::size_t incomplete_size(ByteView bytes) {
  const std::size_t most = std::min<std::size_t>(bytes.size(), 3);
  for (std::size_t size = 1; size <= most; ++size) {
    const auto byte = std::to_integer<unsigned>(bytes[bytes.size() - size]);
    if (byte < 0x80) return 0;
    if (byte >= 0xC0) return (byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2) > size ? size : 0;
  }
  return 0;
}

bool is_valid(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  return simdjson::validate_utf8(text.data(), text.size());
}

#ifdef __x86_64__
[[gnu::target("avx2")]] inline __m256i unmasked(const std::byte* from, __m256i key) {
  return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)), key);
}

[[gnu::target("avx2")]] inline __m256i any_of_64(const std::byte* from, __m256i key) {
  return _mm256_or_si256(unmasked(from, key), unmasked(from + 32, key));
}

// As ascii_size() below, for more than 64 bytes.
[[gnu::target("avx2")]] std::size_t ascii_size_with_avx2(ByteView bytes, std::uint64_t key_word) {
  const std::byte* begin = bytes.data();
  const std::size_t size = bytes.size();
  const __m256i key = _mm256_set1_epi64x(static_cast<long long>(key_word));
  std::size_t at = 0;
  for (; at + 256 <= size; at += 256) {
    const __m256i first =
        _mm256_or_si256(any_of_64(begin + at, key), any_of_64(begin + at + 64, key));
    const __m256i second =
        _mm256_or_si256(any_of_64(begin + at + 128, key), any_of_64(begin + at + 192, key));
    if (_mm256_movemask_epi8(_mm256_or_si256(first, second)) != 0) return at;
  }
  const auto last_word = static_cast<long long>(key_word_after(key_word, size));
  __m256i seen = any_of_64(begin + size - 64, _mm256_set1_epi64x(last_word));
  for (std::size_t i = at; i + 64 < size; i += 64) {
    seen = _mm256_or_si256(seen, any_of_64(begin + i, key));
  }
  return _mm256_movemask_epi8(seen) != 0 ? at : size;
}
#endif

// How many bytes at the beginning are known to be ASCII once unmasked: all, or as many as whole
// turns of a loop have found.
std::size_t ascii_size(ByteView bytes, std::uint64_t key_word) {
  if (bytes.size() <= 128) return is_ascii_under(key_word, bytes) ? bytes.size() : 0;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return ascii_size_with_avx2(bytes, key_word);
#endif
  return ascii_size_in_blocks(bytes, key_word);
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Sequence {
  std::size_t length;  // bytes of the sequence, or of the longest part that could begin one
  bool is_whole;
};

// The range that the second byte must lie in keeps overlong forms, surrogates and values above
// U+10FFFF out (RFC 3629 section 4).
Sequence sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  if (first < 0x80) return {1, true};
  if (first < 0xC2 || first > 0xF4) return {1, false};
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i == text.size() || byte(at + i) < low || byte(at + i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

}  // namespace

std::size_t ascii_size_in_blocks(ByteView bytes, std::uint64_t key_word) {
  constexpr std::size_t kTurn = 128;
  const Block key{key_word, key_word};
  std::size_t at = 0;
  for (; at + kTurn <= bytes.size(); at += kTurn) {
    if (has_high_bits(any_of<kTurn>(bytes.data() + at, key))) return at;
  }
  const bool is_rest_ascii = is_ascii_under(key_word, bytes.subspan(at));
  return is_rest_ascii ? bytes.size() : at;
}

bool is_ascii_long(ByteView bytes, std::uint64_t key_word) {
  return ascii_size(bytes, key_word) == bytes.size();
}

std::size_t Utf8Stream::take(ByteView part, std::uint64_t key_word) {
  std::size_t at = 0;
  if (!is_between_characters()) {
    std::byte key[sizeof key_word];
    store(key_word, key);
    for (; at < part.size() && !is_between_characters(); ++at) {
      state_ = next(state_, part[at] ^ key[at % sizeof key]);
      if (state_ == fault) return at;
    }
  }
  at += ascii_size(part.subspan(at), key_word_after(key_word, at));
  return at == part.size() ? at : take_blocks(part, key_word, at);
}

// The blocks stay in the first cache, and each is cut before a character that it does not end. Only
// the block with the fault, and the end of the part, are stepped over byte by byte.
std::size_t Utf8Stream::take_blocks(ByteView part, std::uint64_t key_word, std::size_t at) {
  constexpr std::size_t kBlock = 4096;
  constexpr std::size_t kShort = 16;  // below it, steps are faster than the call
  std::byte block[kBlock];            // written before it is read, and only where there is a key
  while (at < part.size()) {
    ByteView text = part.subspan(at, std::min(part.size() - at, kBlock));
    if (key_word != 0) {
      unmask(text, key_word_after(key_word, at), block);
      text = ByteView(block, text.size());
    }
    const bool is_short = text.size() <= kShort;
    if (!is_short) text = text.first(text.size() - incomplete_size(text));
    if (is_short || !is_valid(text)) {
      const std::size_t stepped = step_over(text, state_);
      if (stepped < text.size()) return at + stepped;
    }
    at += text.size();
    at += ascii_size(part.subspan(at), key_word_after(key_word, at));
  }
  return at;
}

bool is_valid_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string with_replacements(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const Sequence sequence = sequence_at(text, at);
    result += sequence.is_whole ? text.substr(at, sequence.length) : kReplacement;
    at += sequence.length;
  }
  return result;
}

}  // namespace lastframe::ws
