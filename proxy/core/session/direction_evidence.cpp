// What a direction remembers for the verdict.
#include <memory>

#include "core/session/direction_tracker.h"

namespace lastframe::session {

void DirectionTracker::begin_second(Moment now, TrackerEvents& events) {
  events.second_began(direction_);
  if (!flow_) flow_ = std::make_unique<Flow>(Flow{.recent = RecentTraffic(now), .start = nullptr});
  flow_->recent.begin_second(now, {.bytes = bytes_, .messages = messages()});
}

// Whether a byte of this moment stands before the frame in hand, or before the next one.
void DirectionTracker::note_frame_in_hand() {
  if (parser_.is_mid_frame()) {
    const std::size_t header = parser_.partial_header_size();
    const std::uint64_t frame_start = header > 0 ? bytes_ - header : frame_offset_;
    if (frame_start <= flow_->recent.moment_start()) return;
  }
  flow_->recent.note_byte_before_frame();
}

// Where the first bytes of the message in hand are kept, if it may be one that is watched for.
ws::ContentStart* DirectionTracker::start_of(const ws::PayloadPart& part) {
  if (watched_ == nullptr || message_.opcode() != ws::Opcode::text) return nullptr;
  if (message_.fragments() == 1 && part.offset == 0 && !part.bytes.empty()) {
    const std::byte first = part.bytes.front() ^ (is_masked_ ? masking_key_[0] : std::byte{0});
    flow_->is_start_wanted = message_.is_compressed() || watched_->may_begin_with(first);
    if (!flow_->is_start_wanted) return nullptr;
    if (!flow_->start) flow_->start = std::make_unique<ws::ContentStart>();
    flow_->start->size = 0;
  }
  return flow_->is_start_wanted ? flow_->start.get() : nullptr;
}

void DirectionTracker::note_message(Feeding& feeding) {
  flow_->recent.note_message(message_in_hand());
  if (!flow_->is_start_wanted || !message_.is_good_text()) return;
  const ByteView start = flow_->start->view();
  if (!watched_->match(start, ws::MaskingKey{})) return;
  feeding.events.text_seen(sender(direction_), as_text(start));
}

RecentMessage DirectionTracker::message_in_hand() const {
  return {.at = {},
          .size = message_.size(),
          .inflated = message_.inflated(),
          .fragments = message_.fragments(),
          .is_text = message_.opcode() == ws::Opcode::text};
}

std::optional<Moment> DirectionTracker::last_byte_at() const {
  return flow_ ? std::optional(flow_->recent.last_byte_at()) : std::nullopt;
}

DirectionState DirectionTracker::state(Moment now, Until until) const {
  if (!flow_) return {};
  const bool is_all = until == Until::last_byte;
  DirectionState state =
      flow_->recent.state(now, {.bytes = is_all ? bytes_ : frame_offset_, .messages = messages()},
                          is_mid_message() ? std::optional(message_in_hand()) : std::nullopt);
  if (is_all) return state;
  const bool is_in_this_moment = frame_offset_ > flow_->recent.moment_start();
  if (!is_in_this_moment) state.last_byte_at = flow_->recent.before_frame_at();
  if (frame_offset_ == 0) state.last_byte_at.reset();
  return state;
}

}  // namespace lastframe::session
