// A few texts that messages may begin with, and whether one does: asked of every short message, so
// that it costs little where the first byte already tells.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/ws/frame.h"

namespace lastframe::ws {

class TextOpenings {
 public:
  // A text of one byte stands for a message of just that byte. Empty texts are left out, and what
  // would make it more than 64 KiB of texts.
  void add(std::string_view opening);

  bool is_empty() const { return nodes_.empty(); }

  // Whether a message whose plain text begins with `byte` may be one of them.
  bool may_begin_with(std::byte byte) const {
    const auto value = std::to_integer<unsigned>(byte);
    return (first_bytes_[value / 64] >> (value % 64) & 1u) != 0;
  }

  // Whether the message with this payload is one of them, as far as they tell. `key`: the masking
  // key that lies over it, or four zeroes.
  bool match(ByteView payload, const MaskingKey& key) const {
    return !payload.empty() && may_begin_with(payload[0] ^ key[0]) && match_all(payload, key);
  }

 private:
  // A tree of bytes: `child` is the first that may follow, `sibling` the next that may stand here;
  // 0 is none.
  struct Node {
    std::byte byte{};
    bool is_end = false;    // of an opening; what follows is not looked at
    bool is_whole = false;  // the message ends here as well
    std::uint16_t sibling = 0;
    std::uint16_t child = 0;
  };

  bool match_all(ByteView payload, const MaskingKey& key) const;

  std::array<std::uint64_t, 4> first_bytes_{};
  std::vector<Node> nodes_;  // the first one stands before every first byte
};

}  // namespace lastframe::ws
