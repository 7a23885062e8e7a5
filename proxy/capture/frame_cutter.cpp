#include "capture/frame_cutter.h"

#include <algorithm>
#include <span>

#include "capture/input_codec.h"
#include "core/session/input.h"
#include "core/ws/masking.h"

namespace lastframe::capture {
namespace {

// Of kept payload in one piece, so that old pieces can give way; and of payload that is not kept,
// so that every piece can say what it stands for.
constexpr std::size_t kLargestPiece = 4096;
constexpr std::uint64_t kMostMissed = std::uint64_t{1} << 22;
// Of a Close, its code is no payload that anybody hides.
constexpr std::uint64_t kCodeSize = 2;

void append_bytes(Direction direction, ByteView bytes, FrameCutter::Piece& piece) {
  append_input(session::BytesRelayed{.direction = direction, .bytes = bytes}, piece.body);
  piece.stream_bytes += bytes.size();
}

}  // namespace

bool FrameCutter::next(ByteView& input, const FlightOptions& options, Piece& piece) {
  piece.is_frame_start = false;
  piece.stream_bytes = 0;
  piece.body.clear();
  bool has_header_due = false;
  if (!is_in_payload_) {
    take_header(input, options);
    if (!is_in_payload_) return false;
    piece.is_frame_start = header_told_ == 0;
    has_header_due = true;
  }
  take_payload(input, has_header_due, piece);
  return !piece.body.empty();
}

void FrameCutter::take_header(ByteView& input, const FlightOptions& options) {
  while (!input.empty()) {
    header_[header_size_++] = input.front();
    input = input.subspan(1);
    if (header_size_ < 2 || header_size_ < ws::header_length(header_[1])) continue;
    const ws::FrameHeader header = ws::decode_frame_header(header_.data());
    payload_left_ = header.payload_length;
    payload_at_ = 0;
    is_masked_ = header.masking_key.has_value();
    key_ = header.masking_key.value_or(ws::MaskingKey{});
    is_close_ = header.opcode == ws::Opcode::close;
    is_in_payload_ = true;
    return begin_frame(header, options);
  }
}

void FrameCutter::begin_frame(const ws::FrameHeader& header, const FlightOptions& options) {
  is_digesting_ = options.has_digests && !options.keeps_payload;
  if (is_digesting_) digest_ = Digest(options.digest_key);
  keeps_frame_ = options.keeps_payload;
  hides_members_ = keeps_frame_ && !options.redaction.members.empty() && !is_control(header.opcode);
  if (!hides_members_) return;
  if (header.opcode != ws::Opcode::continuation) {
    const bool is_plain_text = header.opcode == ws::Opcode::text && header.rsv == 0;
    mask_ = is_plain_text ? std::make_unique<JsonMask>(options.redaction.members) : nullptr;
  }
  keeps_frame_ = mask_ != nullptr;
}

// Masked by the frame's key again, as it came.
std::string FrameCutter::hidden(ByteView payload) const {
  std::string plain(payload.size(), '\0');
  const auto bytes = std::as_writable_bytes(std::span(plain));
  ws::unmask(payload, key_, payload_at_, bytes);
  mask_->apply(bytes);
  std::string again(plain.size(), '\0');
  ws::unmask(as_bytes(plain), key_, payload_at_, std::as_writable_bytes(std::span(again)));
  return again;
}

void FrameCutter::take_payload(ByteView& input, bool has_header_due, Piece& piece) {
  const bool is_all_kept = keeps_frame_;
  std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, input.size()));
  size = std::min(size, is_all_kept ? kLargestPiece : static_cast<std::size_t>(kMostMissed));
  std::size_t kept = is_all_kept ? size : 0;
  if (!is_all_kept && is_close_ && payload_at_ < kCodeSize) {
    kept = std::min(size, static_cast<std::size_t>(kCodeSize - payload_at_));
  }
  if (has_header_due || kept > 0) {
    // Most frames are short and lie behind their header: one entry for both.
    std::string bytes;
    if (has_header_due)
      bytes = as_text(ByteView(header_).first(header_size_).subspan(header_told_));
    if (hides_members_ && keeps_frame_) {
      bytes += hidden(input.first(kept));
    } else {
      bytes += as_text(input.first(kept));
    }
    append_bytes(direction_, as_bytes(bytes), piece);
    header_size_ = header_told_ = 0;
  }
  if (is_digesting_) digest(input.first(size));
  payload_at_ += size;
  payload_left_ -= size;
  missed_ += size - kept;
  input = input.subspan(size);
  is_in_payload_ = payload_left_ > 0;
  if (!is_in_payload_ || missed_ >= kMostMissed) say_missed(!is_in_payload_, piece);
}

void FrameCutter::say_missed(bool is_frame_over, Piece& piece) {
  if (missed_ == 0) return;
  session::BytesMissed missed{
      .direction = direction_, .count = missed_, .is_frame_next = is_frame_over};
  if (is_frame_over && is_digesting_) missed.digest = digest_.value();
  std::string entry;
  append_input(missed, entry);
  // The first entry of a piece gets its time when it is written; those behind it have the same.
  piece.body.empty() ? void(piece.body = entry) : write_entry(entry, 0, piece.body);
  piece.stream_bytes += missed_;
  missed_ = 0;
}

void FrameCutter::digest(ByteView masked) {
  if (!is_masked_) return digest_.take(masked);
  std::array<std::byte, kLargestPiece> plain;
  for (std::size_t at = 0; at < masked.size(); at += plain.size()) {
    const ByteView part = masked.subspan(at, std::min(plain.size(), masked.size() - at));
    ws::unmask(part, key_, payload_at_ + at, plain);
    digest_.take(ByteView(plain).first(part.size()));
  }
}

bool FrameCutter::rest(Piece& piece) {
  piece = {};
  if (header_size_ > header_told_) {
    piece.is_frame_start = header_told_ == 0;
    append_bytes(direction_, ByteView(header_).first(header_size_).subspan(header_told_), piece);
    header_told_ = header_size_;
  }
  say_missed(false, piece);
  return !piece.body.empty();
}

}  // namespace lastframe::capture
