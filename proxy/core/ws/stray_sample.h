// What the recognisers of stray bytes share: the bytes they look at, and words for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/words.h"

namespace lastframe::ws {

// The first bytes from a break on. Borrowed.
struct StraySample {
  std::string_view bytes;
  std::optional<std::uint64_t> length = std::nullopt;  // of all, where known; >= bytes.size()

  // Whether what ends with `bytes` ends there, and is not cut off by the window.
  bool is_all() const { return length == bytes.size(); }

  // Without its first `size` bytes, size <= bytes.size().
  StraySample behind(std::size_t size) const {
    StraySample rest{.bytes = bytes.substr(size)};
    if (length) rest.length = *length - size;
    return rest;
  }
};

// How many there are: "157 bytes", or "at least 512 bytes" where their end was not seen.
std::string amount(const StraySample& sample);

// Printable ASCII, all else as \xNN, backslashes too; of more than `most` bytes the first, and
// "...".
std::string escaped(std::string_view text, std::size_t most);

// In any case of letters; `lower_prefix` and `lower_word` have small ones only.
bool begins_with(std::string_view text, std::string_view lower_prefix);
std::size_t find_word(std::string_view text, std::string_view lower_word);  // npos: not there

// Whether a frame can begin here, sent by either side: its header, as far as it is there, breaks no
// rule but those on the order of messages. RSV1 counts as permessage-deflate's.
bool begins_with_frame(std::string_view bytes);

}  // namespace lastframe::ws
