// Finds where frames go on behind bytes that were none: an error page that was written between two
// frames, the rest of a frame whose header was lost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/ws/frame_rules.h"

namespace lastframe::ws {

// Three headers, the last of them whole, lie within so many bytes.
inline constexpr std::size_t kResyncWindow = 4096;

struct Resynchronised {
  std::uint64_t offset = 0;  // of the first frame, from the break on

  bool operator==(const Resynchronised&) const = default;
};

// Takes a direction's bytes from a break on. Frames are believed to begin at the first offset from
// which three of them follow each other without a broken rule where no message is open: masked as
// their sender must, in a legal order, each header right behind the payload before it, nothing
// behind a Close; texts are UTF-8 as far as their first 64 bytes tell, and compressed messages
// begin with a block. That is likely, not certain: in noise one or two offsets in a million look
// so, too. ASCII never does.
//
// Bounded: kResyncWindow bytes of memory. Each offset is looked at twelve times at most, with three
// headers and 128 bytes of payload each, whatever the bytes are.
class Resynchroniser {
 public:
  // Of `context`, the sender and has_deflate count. Where an unknown extension gives reserved bits
  // and opcodes a meaning, only frames without them are found.
  explicit Resynchroniser(const FrameContext& context)
      : sender_(context.sender), has_deflate_(context.has_deflate) {}

  // Takes bytes off the front of `input`, all of them unless frames are found. A value ends the
  // search: the stream from there on is retained() and then what is left of `input`. Nothing more
  // may be fed then. Which offset is found, and after how many bytes, does not depend on how the
  // stream is cut.
  std::optional<Resynchronised> feed(ByteView& input);

  // The bytes from the offset found on, kResyncWindow at most. Valid as long as this object.
  ByteView retained() const { return {ring_.data(), size_}; }

 private:
  enum class Verdict : unsigned char { frames, no_frames, needs_bytes };

  Verdict look();
  Verdict look_at_payload(std::size_t at, const FrameHeader& header);
  Verdict need(std::size_t size);
  std::byte byte_at(std::size_t at) const { return ring_[(begin_ + at) % kResyncWindow]; }
  void append(ByteView bytes);
  void drop_first();

  // The bytes from offset_ on: `size_` of them, from `begin_` on and round the end.
  std::array<std::byte, kResyncWindow> ring_{};
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  std::size_t needed_ = 1;    // bytes before it is worth looking; size_ <= needed_ while waiting
  std::uint64_t offset_ = 0;  // of what is looked at, from the break on
  Endpoint sender_;
  bool has_deflate_;
};

}  // namespace lastframe::ws
