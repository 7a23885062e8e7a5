// Bytes as the core sees them: a view that cannot be written through, and text seen as bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lastframe {

// Borrowed bytes. Never stored: whoever needs them later copies them.
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lastframe
