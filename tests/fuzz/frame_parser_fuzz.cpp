// Any bytes are a stream of frames. The reading does not depend on how they are cut, nor on whether
// frames are taken by the shorter ways for whole ones; it encodes back to the same bytes, sizes add
// up, and nothing is allocated.
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

// What skip_short_messages() may skip: RFC 6455 section 5.2, and only ASCII in texts.
bool is_short_message(const Reading::Frame& frame, Endpoint from) {
  const ws::FrameHeader& header = frame.header;
  if (!header.fin || header.rsv != 0 || header.payload_length > 125 || !frame.has_end) return false;
  if (header.masking_key.has_value() != (from == Endpoint::client)) return false;
  if (header.header_length != (header.masking_key ? 6 : 2)) return false;
  if (header.opcode == ws::Opcode::binary) return true;
  if (header.opcode != ws::Opcode::text) return false;
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    const auto key = header.masking_key ? (*header.masking_key)[i % 4] : std::byte{0};
    if ((std::byte(frame.payload[i]) ^ key) >= std::byte{0x80}) return false;
  }
  return true;
}

// The stream again by the shorter ways, as DirectionTracker goes them. `plain`: by next() alone.
void check_short_ways(std::string_view bytes, std::size_t chunk_size, Endpoint from,
                      const Reading& plain) {
  std::size_t count = 0;  // frames that have ended
  std::string payload;    // of the frame in hand
  ws::FrameParser parser;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    ByteView input = as_bytes(chunk);
    for (;;) {
      const Watermark watermark;
      const bool was_mid_frame = parser.is_mid_frame();
      std::uint64_t skipped = 0;
      while (const std::uint64_t run = parser.skip_short_messages(input, from).count) {
        skipped += run;
      }
      require(!was_mid_frame || skipped == 0);
      for (std::uint64_t i = 0; i < skipped; ++i) {
        require(is_short_message(plain.frames.at(count++), from));
      }
      ws::WholeFrame whole;
      const bool is_whole = parser.next_whole(input, whole);
      require(watermark.height() == 0);
      if (is_whole) {
        const Reading::Frame& frame = plain.frames.at(count++);
        require(!was_mid_frame && !parser.is_mid_frame() && frame.has_end);
        require(whole.header == frame.header && as_text(whole.payload) == frame.payload);
        // Only a run of short messages ends here.
        require(!is_short_message(frame, from));
        continue;
      }
      const auto event = parser.next(input);
      if (!event) break;
      if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) {
        require(*header == plain.frames.at(count).header);
        payload.clear();
      } else if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
        payload += as_text(part->bytes);
      } else {
        require(payload == plain.frames.at(count++).payload);
      }
    }
    require(input.empty());
  });
  require(parser.partial_header_size() == plain.partial_header_size);
  require(parser.is_mid_frame() == plain.is_mid_frame);
  const bool has_open_frame = !plain.frames.empty() && !plain.frames.back().has_end;
  require(count + (has_open_frame ? 1 : 0) == plain.frames.size());
}

void check(const Input& input) {
  const Reading whole = read(input.bytes, input.bytes.size() + 1);
  require(read(input.bytes, input.chunk_size) == whole);
  for (const Endpoint from : kEndpoints) {
    check_short_ways(input.bytes, input.bytes.size() + 1, from, whole);
    check_short_ways(input.bytes, input.chunk_size, from, whole);
  }
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
