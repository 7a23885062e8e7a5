// What a direction makes of bytes that nobody can see.
#include <memory>

#include "core/session/direction_tracker.h"

namespace lastframe::session {

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
