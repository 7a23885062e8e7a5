#include "core/session/heartbeats.h"

#include <algorithm>
#include <span>

namespace lastframe::session {

void Heartbeats::note_ping(Endpoint sender, std::uint64_t payload, Moment at, bool is_due) {
  Side& side = sides_[index(sender)];
  ++side.sent;
  side.last_sent = at;
  if (side.waiting_count == kMostWaiting) {
    std::move(side.waiting.begin() + 2, side.waiting.end(), side.waiting.begin() + 1);
    --side.waiting_count;
  }
  side.waiting[side.waiting_count++] = {.payload = payload, .at = at, .is_due = is_due};
}

// RFC 6455 section 5.5.3: an endpoint that has several Pings to answer "MAY elect to send a Pong
// frame for only the most recently processed Ping frame", so an answer settles those before it.
std::optional<std::chrono::microseconds> Heartbeats::note_pong(Endpoint sender,
                                                               std::uint64_t payload, Moment at) {
  Side& side = sides_[index(other(sender))];
  const auto waiting = std::span(side.waiting).first(side.waiting_count);
  const auto ping = std::ranges::find(waiting, payload, &Ping::payload);
  if (ping == waiting.end()) return std::nullopt;
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(at - ping->at);
  const auto settled = static_cast<std::size_t>(ping - waiting.begin()) + 1;
  std::move(waiting.begin() + static_cast<std::ptrdiff_t>(settled), waiting.end(), waiting.begin());
  side.waiting_count -= settled;
  ++side.answered;
  side.slowest = std::max(side.slowest, latency);
  side.last_latency = latency;
  return latency;
}

PingCounts Heartbeats::counts(Endpoint sender) const {
  const Side& side = sides_[index(sender)];
  PingCounts counts{.sent = side.sent,
                    .answered = side.answered,
                    .slowest = side.slowest,
                    .last_sent = side.last_sent,
                    .last_latency = side.last_latency,
                    .unanswered_since = std::nullopt};
  const auto waiting = std::span(side.waiting).first(side.waiting_count);
  const auto due = std::ranges::find_if(waiting, &Ping::is_due);
  if (due != waiting.end()) counts.unanswered_since = due->at;
  return counts;
}

}  // namespace lastframe::session
