// Bytes written as in the RFC's examples: "88 02 03 e8".
#pragma once

#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>

namespace lastframe::test {

inline unsigned hex_digit(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t value = kDigits.find(c);
  assert(value != std::string_view::npos);
  return static_cast<unsigned>(value);
}

// Two lower-case hex digits for each byte; blanks are skipped.
inline std::string hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    bytes += static_cast<char>(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
    i += 2;
  }
  return bytes;
}

}  // namespace lastframe::test
