#include "core/session/recent_traffic.h"

#include <utility>

namespace lastframe::session {

void RecentTraffic::begin_second(Moment now, const Totals& before) {
  seconds_[second_count_++ % seconds_.size()] = {.began = now, .before = before};
  second_end_ = now + std::chrono::seconds(1);
}

void RecentTraffic::note_message(const RecentMessage& message) {
  if (message.inflated) {
    largest_inflated_ = std::max(largest_inflated_.value_or(0), *message.inflated);
  } else if (message.fragments == 1 && message.size <= kShort) {
    note_short(message.size, message.is_text);
    return note_largest_short(message.size);
  }
  largest_message_ = std::max(largest_message_, message.size);
  kept_[kept_count_++ % kept_.size()] = {.at = last_byte_at_,
                                         .size = message.size,
                                         .inflated = message.inflated.value_or(0),
                                         .largest_frame = largest_frame_,
                                         .fragments = message.fragments,
                                         .kind = Kind::other,
                                         .is_text = message.is_text,
                                         .is_inflated = message.inflated.has_value()};
}

DirectionState RecentTraffic::state(Moment now, const Totals& totals,
                                    std::optional<RecentMessage> in_hand) const {
  DirectionState state{.last_byte_at = last_byte_at_,
                       .bytes = totals.bytes,
                       .messages = totals.messages,
                       .recent = {},
                       .largest_message = largest_message_,
                       .largest_inflated = largest_inflated_,
                       .rate = rate(now, totals)};
  const auto size = static_cast<std::uint32_t>(kept_.size());
  for (std::uint32_t left = std::min(kept_count_, in_hand ? size - 1 : size); left > 0; --left) {
    const Kept& kept = kept_[(kept_count_ - left) % size];
    const bool is_short = kept.kind == Kind::short_message;
    state.recent.push_back(
        {.at = kept.at,
         .size = kept.size,
         .inflated = !is_short && kept.is_inflated ? std::optional(kept.inflated) : std::nullopt,
         .largest_frame = is_short ? kept.size : kept.largest_frame,
         .fragments = is_short ? 1 : kept.fragments,
         .is_text = kept.is_text});
  }
  if (in_hand) {
    in_hand->at = part_at_;
    in_hand->largest_frame = largest_frame_;
    in_hand->is_complete = false;
    state.recent.push_back(*in_hand);
  }
  return state;
}

RecentRate RecentTraffic::rate(Moment now, const Totals& totals) const {
  const auto size = static_cast<std::uint32_t>(seconds_.size());
  for (std::uint32_t left = std::min(second_count_, size); left > 0; --left) {
    const Second& second = seconds_[(second_count_ - left) % size];
    if (now - second.began > kRateWindow) continue;
    // A Close that came in parts may have begun before the second did.
    if (totals.bytes <= second.before.bytes) return {};
    const auto over = std::chrono::ceil<std::chrono::milliseconds>(now - second.began);
    return {.messages = totals.messages - second.before.messages,
            .bytes = totals.bytes - second.before.bytes,
            .over = std::max(over, std::chrono::milliseconds(1))};
  }
  return {};
}

}  // namespace lastframe::session
