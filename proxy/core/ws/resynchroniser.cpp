#include "core/ws/resynchroniser.h"

#include <algorithm>

#include "core/ws/frame.h"
#include "core/ws/utf8.h"

namespace lastframe::ws {
namespace {

constexpr int kFrames = 3;
constexpr std::size_t kLookedAt = 64;  // bytes of a payload
// No receiver takes a longer frame; in noise nearly every length in eight bytes is longer.
constexpr std::uint64_t kLongestPayload = 0x7FFFFFFF;

// What the first byte alone can tell, for any order of messages.
bool can_begin(std::byte first, bool has_deflate) {
  const auto value = std::to_integer<unsigned>(first);
  const bool fin = (value & 0x80u) != 0;
  const auto opcode = static_cast<Opcode>(value & 0xFu);
  const unsigned rsv = value >> 4 & 7u;
  if (rsv != 0 && !(has_deflate && rsv == kRsv1 && !is_control(opcode))) return false;
  return !is_reserved(opcode) && (fin || !is_control(opcode));
}

// Whether `text` is UTF-8, or is up to a character that it cuts.
bool is_utf8(std::string_view text, bool may_be_cut) {
  constexpr std::size_t kLongestRest = 3;
  for (std::size_t cut = 0; cut <= std::min(kLongestRest, text.size()); ++cut) {
    if (is_valid_utf8(text.substr(0, text.size() - cut))) return true;
    if (!may_be_cut) return false;
  }
  return false;
}

// Whether a block of DEFLATE can begin so (RFC 1951 sections 3.2.3, 3.2.4 and 3.2.7).
bool begins_block(std::string_view data) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(data[i]); };
  if (data.empty()) return true;  // an empty first fragment
  const unsigned type = byte(0) >> 1 & 3u;
  if (type == 0) {  // stored, with a length and its complement
    return data.size() < 5 || ((byte(1) ^ byte(3)) == 0xFF && (byte(2) ^ byte(4)) == 0xFF);
  }
  if (type == 2) {  // at most 286 codes of lengths and 30 of distances
    return byte(0) >> 3 <= 29 && (data.size() < 2 || (byte(1) & 0x1Fu) <= 29);
  }
  return type == 1;
}

}  // namespace

std::optional<Resynchronised> Resynchroniser::feed(ByteView& input) {
  for (;;) {
    if (size_ == 0) {
      const auto next = std::ranges::find_if(
          input, [&](std::byte first) { return can_begin(first, has_deflate_); });
      const auto skipped = static_cast<std::size_t>(next - input.begin());
      offset_ += skipped;
      input = input.subspan(skipped);
    }
    if (size_ < needed_) {
      const ByteView taken = input.first(std::min(input.size(), needed_ - size_));
      append(taken);
      input = input.subspan(taken.size());
      if (size_ < needed_) return std::nullopt;
    }
    switch (look()) {
      case Verdict::frames:
        std::ranges::rotate(ring_, ring_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
        return Resynchronised{.offset = offset_};
      case Verdict::no_frames:
        drop_first();
        break;
      case Verdict::needs_bytes:
        break;
    }
  }
}

// Follows three frames from offset_ on, as far as bytes are there.
Resynchroniser::Verdict Resynchroniser::look() {
  FrameContext context{.sender = sender_, .has_deflate = has_deflate_};
  std::size_t at = 0;
  for (int frame = 1; frame <= kFrames; ++frame) {
    if (at + 1 > size_) return need(at + 1);
    if (!can_begin(byte_at(at), has_deflate_)) return Verdict::no_frames;
    if (at + 2 > size_) return need(at + 2);
    const std::size_t length = header_length(byte_at(at + 1));
    if (at + length > size_) return need(at + length);
    std::array<std::byte, 14> bytes{};
    for (std::size_t i = 0; i < length; ++i) bytes[i] = byte_at(at + i);
    const FrameHeader header = decode_frame_header(bytes.data());
    if (!broken_rules(header, context).is_empty()) return Verdict::no_frames;
    if (header.payload_length > kLongestPayload) return Verdict::no_frames;
    const bool is_close = header.opcode == Opcode::close;
    if (is_close && (frame < kFrames || header.payload_length == 1)) return Verdict::no_frames;
    if (frame == kFrames) return Verdict::frames;

    at += length;
    if (at + header.payload_length > kResyncWindow - 2) return Verdict::no_frames;
    if (const Verdict payload = look_at_payload(at, header); payload != Verdict::frames) {
      return payload;
    }
    at += static_cast<std::size_t>(header.payload_length);
    if (!is_control(header.opcode)) context.is_in_message = !header.fin;
  }
  return Verdict::frames;
}

// The beginning of the payload at `at`: of a text that it is UTF-8, of a compressed message that a
// block can begin so; anything else passes.
Resynchroniser::Verdict Resynchroniser::look_at_payload(std::size_t at, const FrameHeader& header) {
  const bool is_compressed = header.rsv != 0;
  if (header.opcode != Opcode::text && !is_compressed) return Verdict::frames;
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(header.payload_length, kLookedAt));
  if (at + size > size_) return need(at + size);
  std::array<char, kLookedAt> buffer{};
  for (std::size_t i = 0; i < size; ++i) {
    const std::byte key = header.masking_key ? (*header.masking_key)[i % 4] : std::byte{0};
    buffer[i] = static_cast<char>(byte_at(at + i) ^ key);
  }
  const std::string_view payload(buffer.data(), size);
  const bool may_be_cut = !header.fin || header.payload_length > size;
  const bool is_right = is_compressed ? begins_block(payload) : is_utf8(payload, may_be_cut);
  return is_right ? Verdict::frames : Verdict::no_frames;
}

// More than the window are never there.
Resynchroniser::Verdict Resynchroniser::need(std::size_t size) {
  if (size > kResyncWindow) return Verdict::no_frames;
  needed_ = size;
  return Verdict::needs_bytes;
}

void Resynchroniser::append(ByteView bytes) {
  const std::size_t end = (begin_ + size_) % kResyncWindow;
  const std::size_t to_end = std::min(bytes.size(), kResyncWindow - end);
  std::ranges::copy(bytes.first(to_end), ring_.begin() + static_cast<std::ptrdiff_t>(end));
  std::ranges::copy(bytes.subspan(to_end), ring_.begin());
  size_ += bytes.size();
}

void Resynchroniser::drop_first() {
  begin_ = (begin_ + 1) % kResyncWindow;
  --size_;
  ++offset_;
  needed_ = 1;
}

}  // namespace lastframe::ws
