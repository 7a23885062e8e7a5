#include "core/ws/interruption_finder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "core/base/ascii.h"
#include "core/ws/masking.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lastframe::ws {
namespace {

constexpr std::string_view kFixed = "HTTP/1.";
constexpr std::size_t kSlash = 4;
constexpr std::size_t kVersion = 7;  // places of the version's digit and of the status's first
constexpr std::size_t kStatus = 9;

// Whether `c` can stand at place `at` of the twelve bytes.
bool fits(std::size_t at, char c) {
  if (at < kVersion) return c == kFixed[at];
  if (at == kVersion) return c == '0' || c == '1';
  return at == kStatus - 1 ? c == ' ' : is_digit(c);
}

std::size_t matching(std::string_view text) {
  const std::size_t end = std::min(text.size(), kInterruptionSize);
  std::size_t at = 0;
  while (at < end && fits(at, text[at])) ++at;
  return at;
}

// The same answer as the vectors below, a byte at a time.
std::size_t find_slowly(std::string_view text, std::size_t at) {
  while (at + kInterruptionSize <= text.size()) {
    at = text.find('H', at);
    if (at == std::string_view::npos) return at;
    if (matching(text.substr(at)) == kInterruptionSize) return at;
    ++at;
  }
  return std::string_view::npos;
}

#if defined(__SSE2__)
// 64 places at a time: an 'H' with a '/' four bytes on. Either alone is common in some text; both
// together are not, so the loop costs the same over prose, JSON, Base64 and noise.
std::size_t find_in_blocks(std::string_view text) {
  constexpr std::size_t kBlock = 64;
  const __m128i first = _mm_set1_epi8('H');
  const __m128i slash = _mm_set1_epi8('/');
  const auto load = [&](std::size_t at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
  };
  const auto hits = [&](std::size_t at) {
    return _mm_and_si128(_mm_cmpeq_epi8(load(at), first), _mm_cmpeq_epi8(load(at + kSlash), slash));
  };
  const auto bits = [](__m128i of) {
    return static_cast<std::uint64_t>(static_cast<std::uint16_t>(_mm_movemask_epi8(of)));
  };
  // The first of `places`, one bit for each byte from `at` on, where all twelve bytes stand.
  const auto first_whole = [&](std::size_t at, std::uint64_t places) {
    for (; places != 0; places &= places - 1) {
      const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(places));
      if (matching(text.substr(place)) == kInterruptionSize) return place;
    }
    return std::string_view::npos;
  };
  std::size_t at = 0;
  for (; at + kBlock + kSlash <= text.size(); at += kBlock) {
    const __m128i a = hits(at);
    const __m128i b = hits(at + 16);
    const __m128i c = hits(at + 32);
    const __m128i d = hits(at + 48);
    if (bits(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) == 0) continue;
    const std::size_t place =
        first_whole(at, bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48);
    if (place != std::string_view::npos) return place;
  }
  for (; at + 16 + kSlash <= text.size(); at += 16) {
    const std::size_t place = first_whole(at, bits(hits(at)));
    if (place != std::string_view::npos) return place;
  }
  return find_slowly(text, at);
}
#else
std::size_t find_in_blocks(std::string_view text) { return find_slowly(text, 0); }
#endif

// Whether "TT" or "TP" stands at an even place of kTurn bytes. One of them does where a response
// does: "TT" if that begins at an odd place, else "TP". They differ in one bit, so that each byte
// is loaded once and compared once.
constexpr std::size_t kTurn = 256;

template <typename Wide>
[[gnu::always_inline]] inline bool may_hold_response(const char* bytes) {
  using Words [[gnu::vector_size(sizeof(Wide))]] = std::uint16_t;
  constexpr std::uint16_t kTt = 'T' << 8 | 'T';
  constexpr std::uint16_t kTp =
      std::endian::native == std::endian::little ? 'P' << 8 | 'T' : 'T' << 8 | 'P';
  static_assert(std::popcount(static_cast<unsigned>(kTt ^ kTp)) == 1 && (kTt & kTp) == kTp);
  Wide seen{};
#pragma GCC unroll 8
  for (std::size_t at = 0; at < kTurn; at += sizeof(Wide)) {
    Words words;
    std::memcpy(&words, bytes + at, sizeof words);
    seen |= reinterpret_cast<Wide>((words | (kTt ^ kTp)) == kTt);
  }
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < sizeof(Wide) / sizeof any; ++i) any |= seen[i];
  return any != 0;
}

// Turns that may hold a response are searched again, with what can reach into them.
template <typename Wide>
[[gnu::always_inline]] inline std::size_t find_in_turns(std::string_view text) {
  constexpr std::size_t kBefore = 2;  // of a response, in front of the "TP"
  std::size_t at = 0;
  for (; at + kTurn <= text.size(); at += kTurn) {
    if (!may_hold_response<Wide>(text.data() + at)) continue;
    const std::size_t begin = at - std::min(at, kBefore);
    const std::size_t place =
        find_in_blocks(text.substr(begin, at + kTurn + kInterruptionSize - begin));
    if (place != std::string_view::npos) return begin + place;
  }
  const std::size_t begin = at - std::min(at, kBefore);
  const std::size_t place = find_in_blocks(text.substr(begin));
  return place == std::string_view::npos ? place : begin + place;
}

#ifdef __x86_64__
using Wide [[gnu::vector_size(32)]] = std::uint64_t;

[[gnu::target("avx2")]] std::size_t find_with_avx2(std::string_view text) {
  return find_in_turns<Wide>(text);
}
#endif

std::optional<std::size_t> found(std::size_t place) {
  return place == std::string_view::npos ? std::nullopt : std::optional(place);
}

}  // namespace

std::optional<std::size_t> find_http_response_in_blocks(ByteView bytes) {
  return found(find_in_turns<Block>(as_text(bytes)));
}

std::optional<std::size_t> find_http_response(ByteView bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return found(find_with_avx2(as_text(bytes)));
#endif
  return find_http_response_in_blocks(bytes);
}

std::optional<std::uint64_t> InterruptionFinder::feed(ByteView part) {
  std::optional<std::uint64_t> last;
  std::size_t at = 0;
  const auto found = [&](const char* match, std::uint64_t place) {
    found_version_ = static_cast<std::uint8_t>(match[0] - '0');
    found_status_ = static_cast<std::uint16_t>((match[1] - '0') * 100 + (match[2] - '0') * 10 +
                                               (match[3] - '0'));
    last = place;
  };
  if (matched_ > 0) {
    at = finish_open_match(part);
    if (matched_ == kInterruptionSize) {
      found(open_.data(), fed_ + at - kInterruptionSize);
      matched_ = 0;
    }
  }
  if (matched_ == 0) {
    while (const auto place = find_http_response(part.subspan(at))) {
      const std::string_view match = as_text(part.subspan(at + *place, kInterruptionSize));
      const std::array digits{match[kVersion], match[kStatus], match[kStatus + 1],
                              match[kStatus + 2]};
      found(digits.data(), fed_ + at + *place);
      at += *place + kInterruptionSize;
    }
    begin_match(part.subspan(at));
  }
  fed_ += part.size();
  return last;
}

std::size_t InterruptionFinder::finish_open_match(ByteView part) {
  const std::string_view text = as_text(part);
  std::size_t at = 0;
  while (at < text.size() && matched_ < kInterruptionSize) {
    const char c = text[at];
    if (!fits(matched_, c)) {
      // The byte that does not fit may be the 'H' of another match: it is looked at again.
      matched_ = 0;
      return at;
    }
    if (matched_ == kVersion) open_[0] = c;
    if (matched_ >= kStatus) open_[matched_ - kStatus + 1] = c;
    ++matched_;
    ++at;
  }
  return at;
}

void InterruptionFinder::begin_match(ByteView rest) {
  // No other byte of the pattern is an 'H': only the last one can have begun an open match.
  const std::string_view tail =
      as_text(rest.subspan(rest.size() - std::min(rest.size(), kInterruptionSize - 1)));
  const std::size_t place = tail.rfind('H');
  if (place == std::string_view::npos) return;
  if (matching(tail.substr(place)) != tail.size() - place) return;
  finish_open_match(as_bytes(tail.substr(place)));
}

std::array<std::byte, kInterruptionSize> InterruptionFinder::beginning() const {
  std::array<char, kInterruptionSize> text{'H', 'T', 'T', 'P', '/', '1', '.', '0', ' '};
  text[kVersion] = static_cast<char>('0' + found_version_);
  text[kStatus] = static_cast<char>('0' + found_status_ / 100);
  text[kStatus + 1] = static_cast<char>('0' + found_status_ / 10 % 10);
  text[kStatus + 2] = static_cast<char>('0' + found_status_ % 10);
  return std::bit_cast<std::array<std::byte, kInterruptionSize>>(text);
}

static_assert(sizeof(InterruptionFinder) == 16);

}  // namespace lastframe::ws
