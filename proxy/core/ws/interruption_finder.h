// Finds where an HTTP response was written into the middle of a frame's payload: the error page of
// a hop that gave up while a message was passing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"

namespace lastframe::ws {

// The beginning of a status line as RFC 9112 section 4 has it: "HTTP/1." with a 0 or 1, a space and
// three digits. It has one 'H' only, at its front: no two of them overlap.
inline constexpr std::size_t kInterruptionSize = 12;

// Where the first HTTP/1.x response begins that stands with these twelve bytes in `bytes`; no
// value: none does. Fast: it runs over the payload of long frames.
std::optional<std::size_t> find_http_response(ByteView bytes);

// The same with nothing that a CPU may lack; which is why it can be tested on every one.
std::optional<std::size_t> find_http_response_in_blocks(ByteView bytes);

// The same over bytes that come in parts. Sixteen bytes of state.
class InterruptionFinder {
 public:
  // Begins anew: what was fed before does not count.
  void reset() { *this = {}; }

  // Takes the next part. Where the last response begins whose twelve bytes end in `part`, counted
  // from the first byte after reset(); no value: none ends there. The last value of a stream does
  // not depend on how it is cut. The bytes from the response on are beginning(), which may lie in
  // earlier parts, and what follows offset + kInterruptionSize.
  std::optional<std::uint64_t> feed(ByteView part);

  // The twelve bytes of the response that feed() found last. Meaningless before it found one.
  std::array<std::byte, kInterruptionSize> beginning() const;

 private:
  // Matches on over the seam, up to where the match is complete or lost; how many bytes it took.
  std::size_t finish_open_match(ByteView part);
  // Notes what of a match has begun at the very end of `rest`.
  void begin_match(ByteView rest);

  std::uint64_t fed_ = 0;           // bytes since reset()
  std::uint8_t matched_ = 0;        // of a match that is open at the end of what was fed: 0 to 11
  std::array<char, 4> open_{};      // its version and the digits of its status
  std::uint8_t found_version_ = 0;  // of what was found last: 0 or 1
  std::uint16_t found_status_ = 0;  // 0 to 999
};

}  // namespace lastframe::ws
