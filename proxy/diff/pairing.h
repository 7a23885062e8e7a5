// Which connection at one tap is which at the other.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "diff/trace.h"

namespace lastframe::diff {

// What two connections were known by, the surest first.
enum class PairedBy : unsigned char {
  key,      // Sec-WebSocket-Key: drawn anew for each connection
  accept,   // Sec-WebSocket-Accept, which follows from it
  content,  // messages that are nowhere else; a guess
  shape     // times, and numbers and sizes of messages; a guess
};

constexpr std::string_view name(PairedBy how) {
  switch (how) {
    case PairedBy::key:
      return "key";
    case PairedBy::accept:
      return "accept";
    case PairedBy::content:
      return "content";
    case PairedBy::shape:
      return "shape";
  }
  return "shape";
}

constexpr bool is_guess(PairedBy how) { return how >= PairedBy::content; }

struct Pair {
  std::size_t before = 0;  // places in the lists
  std::size_t after = 0;
  PairedBy by = PairedBy::key;

  bool operator==(const Pair&) const = default;
};

struct Pairing {
  std::vector<Pair> pairs;  // in the order of `before`
  std::vector<std::size_t> only_before;
  std::vector<std::size_t> only_after;
};

Pairing pair_up(const std::vector<Trace>& before, const std::vector<Trace>& after);

}  // namespace lastframe::diff
