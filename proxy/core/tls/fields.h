// Reads the fields of TLS messages: big-endian numbers, and vectors behind their length (RFC 8446
// section 3). What is missing makes the reader broken for good; nothing is read past the end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace lastframe::tls {

class Fields {
 public:
  explicit Fields(ByteView bytes) : rest_(bytes) {}

  // `size` bytes, at most 4; 0 where they are missing.
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const std::byte byte : bytes(size)) value = value << 8 | std::to_integer<unsigned>(byte);
    return value;
  }

  std::uint16_t number16() { return static_cast<std::uint16_t>(number(2)); }

  // Empty where they are missing.
  ByteView bytes(std::size_t size) {
    if (size > rest_.size()) {
      is_broken_ = true;
      rest_ = {};
      return {};
    }
    const ByteView front = rest_.first(size);
    rest_ = rest_.subspan(size);
    return front;
  }

  // A vector whose length stands before it in `length_size` bytes.
  Fields vector(std::size_t length_size) { return Fields(bytes(number(length_size))); }

  ByteView rest() const { return rest_; }
  bool is_broken() const { return is_broken_; }
  bool is_at_end() const { return rest_.empty(); }
  // Whether all was there, and nothing stands behind it.
  bool is_read_whole() const { return is_at_end() && !is_broken_; }

 private:
  ByteView rest_;
  bool is_broken_ = false;
};

}  // namespace lastframe::tls
