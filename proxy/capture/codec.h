// Values as bytes and back: how recordings write numbers, texts and structures
// (docs/recordings.md). Little-endian; varint is LEB128, unsigned.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/bytes.h"

namespace lastframe::capture {

class Encoder {
 public:
  // Appends to `out`, which outlives it.
  explicit Encoder(std::string& out) : out_(out) {}

  void byte(unsigned value) { out_ += static_cast<char>(value); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<unsigned>(value & 0x7F) | 0x80u);
    byte(static_cast<unsigned>(value));
  }
  void fixed(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) byte(static_cast<unsigned>(value >> (8 * i) & 0xFF));
  }
  void text(std::string_view text) {
    varint(text.size());
    out_ += text;
  }

  // So that one function describes a structure for both ways (fields.h).
  template <typename T>
  void operator()(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      byte(value ? 1 : 0);
    } else if constexpr (std::is_enum_v<T>) {
      varint(static_cast<std::uint64_t>(value));
    } else if constexpr (std::signed_integral<T>) {
      const auto wide = static_cast<std::int64_t>(value);
      varint(static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63));
    } else if constexpr (std::integral<T>) {
      varint(value);
    } else if constexpr (std::same_as<T, double>) {
      fixed(std::bit_cast<std::uint64_t>(value), 8);
    } else {
      text(value);
    }
  }

 private:
  std::string& out_;
};

// Reads what an Encoder wrote. Total: where bytes are missing or too many are asked for, it fails
// for good and gives zeros.
class Decoder {
 public:
  explicit Decoder(ByteView bytes) : bytes_(bytes) {}

  bool has_failed() const { return has_failed_; }
  bool is_at_end() const { return bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }

  unsigned byte() { return static_cast<unsigned>(fixed(1)); }
  std::uint64_t fixed(std::size_t bytes) {
    if (bytes_.size() < bytes) return fail();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= std::to_integer<std::uint64_t>(bytes_[i]) << (8 * i);
    }
    bytes_ = bytes_.subspan(bytes);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const unsigned next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7F) << shift;
      if ((next & 0x80) == 0) return value;
    }
    return fail();
  }
  // Borrowed from the decoder's bytes.
  std::string_view text() {
    const std::uint64_t size = varint();
    if (size > bytes_.size()) {
      fail();
      return {};
    }
    const ByteView text = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(text.size());
    return as_text(text);
  }

  template <typename T>
  void operator()(T& value) {
    if constexpr (std::same_as<T, bool>) {
      value = byte() != 0;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(varint());
    } else if constexpr (std::signed_integral<T>) {
      const std::uint64_t raw = varint();
      value =
          static_cast<T>(static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1));
    } else if constexpr (std::integral<T>) {
      value = static_cast<T>(varint());
    } else if constexpr (std::same_as<T, double>) {
      value = std::bit_cast<double>(fixed(8));
    } else {
      value = T(text());
    }
  }

  // Also for values that were read and cannot be.
  std::uint64_t fail() {
    has_failed_ = true;
    bytes_ = {};
    return 0;
  }

 private:
  ByteView bytes_;
  bool has_failed_ = false;
};

}  // namespace lastframe::capture
