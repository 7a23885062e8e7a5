// Any bytes are a stream of frames. The reading does not depend on how they are cut, it encodes
// back to the same bytes, sizes add up, and nothing is allocated.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/frame_parser.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "support/frames.h"

namespace lastframe::fuzz {
namespace {

struct Reading {
  struct Frame {
    ws::FrameHeader header;
    std::string payload;
    bool has_end = false;

    bool operator==(const Frame&) const = default;
  };
  std::vector<Frame> frames;
  std::size_t partial_header_size = 0;
  bool is_mid_frame = false;

  bool operator==(const Reading&) const = default;
};

Reading read(std::string_view bytes, std::size_t chunk_size) {
  Reading reading;
  ws::FrameParser parser;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    ByteView input = as_bytes(chunk);
    for (;;) {
      const Watermark watermark;
      const auto event = parser.next(input);
      require(watermark.height() == 0);
      if (!event) break;
      if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) {
        require(reading.frames.empty() || reading.frames.back().has_end);
        reading.frames.push_back({.header = *header, .payload = {}, .has_end = false});
      } else if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
        require(!part->bytes.empty());
        require(part->offset == reading.frames.back().payload.size());
        reading.frames.back().payload += as_text(part->bytes);
      } else {
        reading.frames.back().has_end = true;
      }
    }
    require(input.empty());
  });
  reading.partial_header_size = parser.partial_header_size();
  reading.is_mid_frame = parser.is_mid_frame();
  return reading;
}

void check(const Input& input) {
  const Reading whole = read(input.bytes, input.bytes.size() + 1);
  require(read(input.bytes, input.chunk_size) == whole);
  std::string again;
  for (const Reading::Frame& frame : whole.frames) {
    require(frame.header.header_length >= 2 && frame.header.header_length <= 14);
    require(frame.payload.size() <= frame.header.payload_length);
    require(frame.has_end == (frame.payload.size() == frame.header.payload_length));
    again += test::encode(frame.header);
    again += frame.payload;
  }
  require(input.bytes.starts_with(again));
  require(again.size() + whole.partial_header_size == input.bytes.size());
  const bool has_open_frame = !whole.frames.empty() && !whole.frames.back().has_end;
  require(whole.is_mid_frame == (whole.partial_header_size > 0 || has_open_frame));
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
