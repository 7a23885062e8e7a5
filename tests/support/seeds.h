// Randomness for property tests: the same on every run unless a seed is given.
#pragma once

#include <cstdlib>
#include <random>
#include <string>

namespace lastframe::test {

// LASTFRAME_SEED in the environment replaces the fixed seed. Use with CAPTURE(seed).
inline unsigned seed() {
  const char* text = std::getenv("LASTFRAME_SEED");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 6455u;
}

// 0 <= result < end.
inline unsigned below(std::mt19937& random, unsigned end) {
  return static_cast<unsigned>(random() % end);
}

inline bool once_in(std::mt19937& random, unsigned n) { return below(random, n) == 0; }

inline std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xFF);
  return bytes;
}

}  // namespace lastframe::test
