// A few texts that messages may begin with, and whether one does: asked of every short message, so
// that it costs little where the first byte already tells, or the first sixteen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/ws/frame.h"

namespace lastframe::ws {

class TextOpenings {
 public:
  // A text of one byte stands for a message of just that byte. Empty texts are left out, and all
  // behind the 65,535th.
  void add(std::string_view opening);

  bool is_empty() const { return openings_.empty(); }

  // Whether a message whose plain text begins with `byte` may be one of them.
  bool may_begin_with(std::byte byte) const {
    const auto first = std::to_integer<std::size_t>(byte);
    return begins_[first] != begins_[first + 1];
  }

  // Whether the message with this payload is one of them, as far as they tell. `key`: the masking
  // key that lies over it, or four zeroes.
  bool match(ByteView payload, const MaskingKey& key) const {
    return !payload.empty() && may_begin_with(payload[0] ^ key[0]) && match_all(payload, key);
  }

 private:
  // Sixteen bytes of text as two words.
  struct Words {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };
  struct Opening {
    Words words;  // its first bytes, and zeroes
    Words mask;   // ones over these bytes
    std::string text;
  };

  bool match_all(ByteView payload, const MaskingKey& key) const;

  std::vector<Opening> openings_;            // in the order of their first bytes
  std::array<std::uint16_t, 257> begins_{};  // of those with this first byte, in openings_
};

}  // namespace lastframe::ws
