// What a direction makes of bytes that nobody can see.
#include <memory>

#include "core/session/direction_tracker.h"

namespace lastframe::session {
namespace {

constexpr std::size_t kCodeSize = 2;  // of a Close's payload

}  // namespace

// How many bytes at the end of a reason begin a character (RFC 3629 section 3) and do not end it.
std::uint8_t DirectionTracker::half_character(const ControlInProgress& control) {
  const auto key = control.header.masking_key.value_or(ws::MaskingKey{});
  for (std::uint8_t size = 1; size <= 3 && kCodeSize + size <= control.size; ++size) {
    const std::size_t at = control.size - std::size_t{size};
    const auto byte = std::to_integer<unsigned>(control.payload[at] ^ key[at % key.size()]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const unsigned needed = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return size < needed ? size : 0;
  }
  return 0;
}

void DirectionTracker::miss(const BytesMissed& missed, Moment now, const Listening& to) {
  if (!flow_ || flow_->recent.is_new_second(now)) begin_second(now, to.events);
  flow_->recent.begin_read(now, bytes_);
  const bool is_payload = !is_untrusted_ && missed.count <= parser_.payload_left();
  if (is_payload) {
    bytes_ += missed.count;
    miss_payload(missed.count, to);
  } else {
    bytes_ += missed.count;
    lose_place(missed.is_frame_next);
  }
  note_frame_in_hand();
}

void DirectionTracker::miss_payload(std::uint64_t count, const Listening& to) {
  parser_.skip_payload(count);
  if (control_) {
    // What is missed ends the character: the reason is not to blame.
    if (!control_->is_missing_some)
      control_->size = static_cast<std::uint8_t>(control_->size - half_character(*control_));
    control_->is_missing_some = true;
  } else if (is_data_frame_) {
    message_.miss();
  }
  // The frame may be over by this.
  Feeding feeding{
      .events = to.events, .interest = to.interest, .chunk = {}, .rest = {}, .start = bytes_};
  feed_frames(feeding);
}

void DirectionTracker::lose_place(bool is_frame_next) {
  parser_ = {};
  control_.reset();
  is_data_frame_ = false;
  message_.lose_track();
  is_order_unknown_ = true;
  if (is_frame_next) {
    if (is_untrusted_ && trouble_) strays().end_break(bytes_);
    if (trouble_) trouble_->search.reset();
    is_untrusted_ = false;
    return;
  }
  is_untrusted_ = true;
  strays().forget_interruption();
  trouble_->search =
      std::make_unique<Search>(Search{.resynchroniser = ws::Resynchroniser(context()),
                                      .break_offset = bytes_,
                                      .frames = frames_,
                                      .has_close = has_close_,
                                      .parsed = bytes_});
}

}  // namespace lastframe::session
