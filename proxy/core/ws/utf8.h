// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/ws/frame.h"

namespace lastframe::ws {

bool is_valid_utf8(std::string_view text);

// `text` with each ill-formed part replaced by U+FFFD (one for each maximal subpart, as the Unicode
// Standard recommends in section 3.9); valid text comes back unchanged.
std::string with_replacements(std::string_view text);

// The text of one message, which comes in parts of any size. Five bytes of state.
class Utf8Stream {
 public:
  // Takes the next part. No value: the text can still be valid. Else the place within `part` of the
  // first byte with which no valid text can go on; then nothing more may be fed before reset().
  std::optional<std::size_t> feed(ByteView part);

  // Likewise for a part as it stands on the wire, masked. `offset`: of its first byte within its
  // frame's payload. ASCII is recognised without unmasking.
  std::optional<std::size_t> feed_masked(ByteView part, const MaskingKey& key,
                                         std::uint64_t offset);

  // Whether the text may end here: not inside a character.
  bool is_between_characters() const { return pending_size_ == 0; }

  void reset() { pending_size_ = 0; }

 private:
  std::array<std::byte, 3> pending_{};  // the beginning of a character
  std::uint8_t pending_size_ = 0;       // 0 to 3
};

}  // namespace lastframe::ws
