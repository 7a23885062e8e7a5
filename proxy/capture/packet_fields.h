// Numbers as packets and capture files hold them, in either byte order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/bytes.h"

namespace lastframe::capture {

constexpr std::uint16_t swapped(std::uint16_t number) { return __builtin_bswap16(number); }
constexpr std::uint32_t swapped(std::uint32_t number) { return __builtin_bswap32(number); }
constexpr std::uint64_t swapped(std::uint64_t number) { return __builtin_bswap64(number); }

// The number at `at`, which lies within `bytes`.
template <typename Number>
Number number_at(ByteView bytes, std::size_t at, std::endian order = std::endian::big) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return order == std::endian::native ? number : swapped(number);
}

inline std::uint8_t byte_at(ByteView bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

}  // namespace lastframe::capture
