// A zlib stream that inflates a message, and what goes with it. The one place that includes zlib;
// only inflater.cpp and inflate_pool.cpp see it.
#pragma once

#define ZLIB_CONST
#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "core/ws/inflate_pool.h"

namespace lastframe::ws {

// RFC 7692 section 7.2.1 takes them off, section 7.2.2 puts them back.
inline constexpr std::array<std::byte, 4> kTail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff},
                                                std::byte{0xff}};

// zlib gets a message in parts of this size, whatever parts it came in.
inline constexpr std::size_t kInputPart = 2048;

inline constexpr unsigned kMinWindowBits = 8;
inline constexpr unsigned kMaxWindowBits = 15;

constexpr std::size_t window_size(unsigned bits) { return std::size_t{1} << bits; }

inline Bytef* zlib_bytes(std::byte* bytes) { return reinterpret_cast<Bytef*>(bytes); }
inline const Bytef* zlib_bytes(const std::byte* bytes) {
  return reinterpret_cast<const Bytef*>(bytes);
}

struct ZlibState {
  z_stream stream{};
  InflatePool* pool = nullptr;
  ZlibState* next_spare = nullptr;
  std::size_t memory = sizeof(ZlibState);  // with all that zlib has allocated for it
  unsigned window_bits = kMaxWindowBits;
  std::size_t staged = 0;  // 0 <= staged < kInputPart between calls
  std::array<std::byte, kInputPart + kTail.size()> staging;

  // zlib frees without saying how much: the size stands in front.
  static constexpr std::size_t kPrefix = alignof(std::max_align_t);

  static void* allocate(void* opaque, unsigned items, unsigned item_size) {
    auto& state = *static_cast<ZlibState*>(opaque);
    const std::size_t size = kPrefix + std::size_t{items} * item_size;
    std::byte* const memory = state.pool->allocate(size);
    if (memory == nullptr) return nullptr;
    state.memory += size;
    std::memcpy(memory, &size, sizeof size);
    return memory + kPrefix;
  }

  static void deallocate(void* opaque, void* address) {
    auto& state = *static_cast<ZlibState*>(opaque);
    std::byte* const memory = static_cast<std::byte*>(address) - kPrefix;
    std::size_t size = 0;
    std::memcpy(&size, memory, sizeof size);
    state.memory -= size;
    state.pool->deallocate(memory, size);
  }
};

}  // namespace lastframe::ws
