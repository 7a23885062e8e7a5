// Any bytes are the text of a message, masked or not. The reading does not depend on how they are
// cut nor on masking, and is that of RFC 3629 section 4; nothing is allocated.
//
// Byte 0: size of the parts, less one. 1 to 4: masking key. 5: offset within the frame's payload.
// 6: how much valid text stands before the rest, in steps of 37 bytes; odd: not ASCII. So a short
// input reaches the ends of blocks, too. The rest is text.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/ws/masking.h"
#include "core/ws/utf8.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "support/utf8_reference.h"

namespace lastframe::fuzz {
namespace {

constexpr std::size_t kHead = 6;

struct Masking {
  ws::MaskingKey key;
  std::uint64_t offset;
};

test::Utf8Reading read(std::string_view bytes, std::size_t chunk_size,
                       const std::optional<Masking>& masking) {
  test::Utf8Reading reading;
  ws::Utf8Stream stream;
  std::size_t size = 0;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    if (reading.fault) return;
    const Watermark watermark;
    const bool was_between = stream.is_between_characters();
    const ByteView part = as_bytes(chunk);
    const auto place = masking ? stream.feed_masked(part, masking->key, masking->offset + size)
                               : stream.feed(part);
    const bool is_ascii = masking ? ws::is_ascii_masked(part, masking->key, masking->offset + size)
                                  : ws::is_ascii(part);
    require(watermark.height() == 0);
    // What a caller relies on who asks for ASCII first.
    if (was_between && is_ascii) require(!place && stream.is_between_characters());
    if (place) {
      require(*place < part.size());
      reading.fault = size + *place;
    }
    reading.is_between_characters = !place && stream.is_between_characters();
    size += part.size();
  });
  return reading;
}

std::string text_of(std::string_view bytes) {
  const auto filler = static_cast<unsigned char>(bytes[5]);
  std::string text;
  for (unsigned i = 0; i < filler; ++i) {
    text += filler % 2 == 0
                ? "the quick brown fox jumps over a dog."
                : "\xE7\xB6\xB2 \xC3\xA9\xC3\xA8\xC3\xAA \xF0\x9F\x98\x80\xF0\x9F\x98\x80"
                  "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC wss..";
  }
  return text + std::string(bytes.substr(kHead));
}

void check(const Input& input) {
  if (input.bytes.size() < kHead) return;
  const std::string text = text_of(input.bytes);
  Masking masking{.key = {}, .offset = static_cast<unsigned char>(input.bytes[4])};
  for (std::size_t i = 0; i < 4; ++i) masking.key[i] = static_cast<std::byte>(input.bytes[i]);
  std::string masked(text.size(), '\0');
  ws::unmask(as_bytes(text), masking.key, masking.offset,
             std::as_writable_bytes(std::span(masked)));

  const test::Utf8Reading expected = test::read_utf8(text);
  require(ws::is_valid_utf8(text) == (!expected.fault && expected.is_between_characters));
  for (const std::size_t chunk_size : {text.size() + 1, input.chunk_size}) {
    require(read(text, chunk_size, std::nullopt) == expected);
    require(read(masked, chunk_size, masking) == expected);
  }
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
