// What the fuzz targets share: an input whose first byte says how it is cut, and a check that
// stops.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string>
#include <string_view>

namespace lastframe::fuzz {

// Not an assert: it must hold in every build.
inline void require(bool holds,
                    const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: a property does not hold\n", where.file_name(), where.line());
  std::abort();
}

struct Input {
  std::size_t chunk_size;  // 1 to 256
  std::string_view bytes;
};

inline Input input_of(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return {.chunk_size = 1, .bytes = {}};
  return {.chunk_size = std::size_t{data[0]} + 1,
          .bytes = {reinterpret_cast<const char*>(data) + 1, size - 1}};
}

// Each chunk stands in memory of its own, so that a read past its end or a view that is kept is
// found.
template <typename Feed>
void feed_chunks(std::string_view bytes, std::size_t chunk_size, Feed&& feed) {
  for (std::size_t at = 0; at < bytes.size(); at += chunk_size) {
    const std::string_view chunk = bytes.substr(at, chunk_size);
    char* copy = static_cast<char*>(std::malloc(chunk.size()));
    require(copy != nullptr);
    std::copy(chunk.begin(), chunk.end(), copy);
    feed(std::string_view(copy, chunk.size()));
    std::free(copy);
  }
}

}  // namespace lastframe::fuzz
