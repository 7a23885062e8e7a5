#include "core/ws/masking.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lastframe::ws {
namespace {

// Four registers a turn. `payload` has at least one. The last register is read before anything is
// written, for in place its bytes may be among those the loop writes.
template <typename Wide>
[[gnu::always_inline]] inline void unmask_by(ByteView payload, std::uint64_t key_word,
                                             std::byte* result) {
  constexpr std::size_t kWidth = sizeof(Wide);
  const std::byte* bytes = payload.data();
  const std::size_t last_at = payload.size() - kWidth;
  const Wide key = Wide{} + key_word;
  Wide last = Wide{} + key_word_after(key_word, last_at);
  Wide a, b, c, d;
  std::memcpy(&a, bytes + last_at, kWidth);
  last ^= a;
  std::size_t at = 0;
  for (; at + 4 * kWidth <= payload.size(); at += 4 * kWidth) {
    std::memcpy(&a, bytes + at, kWidth);
    std::memcpy(&b, bytes + at + kWidth, kWidth);
    std::memcpy(&c, bytes + at + 2 * kWidth, kWidth);
    std::memcpy(&d, bytes + at + 3 * kWidth, kWidth);
    a ^= key;
    b ^= key;
    c ^= key;
    d ^= key;
    std::memcpy(result + at, &a, kWidth);
    std::memcpy(result + at + kWidth, &b, kWidth);
    std::memcpy(result + at + 2 * kWidth, &c, kWidth);
    std::memcpy(result + at + 3 * kWidth, &d, kWidth);
  }
  for (; at < last_at; at += kWidth) {
    std::memcpy(&a, bytes + at, kWidth);
    a ^= key;
    std::memcpy(result + at, &a, kWidth);
  }
  std::memcpy(result + last_at, &last, kWidth);
}

#ifdef __x86_64__
using Wide [[gnu::vector_size(32)]] = std::uint64_t;

[[gnu::target("avx2")]] void unmask_with_avx2(ByteView payload, std::uint64_t key_word,
                                              std::byte* result) {
  unmask_by<Wide>(payload, key_word, result);
}
#endif

}  // namespace

void unmask_in_blocks(ByteView payload, std::uint64_t key_word, std::byte* result) {
  unmask_by<Block>(payload, key_word, result);
}

void unmask_long(ByteView payload, std::uint64_t key_word, std::byte* result) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return unmask_with_avx2(payload, key_word, result);
#endif
  unmask_in_blocks(payload, key_word, result);
}

}  // namespace lastframe::ws
