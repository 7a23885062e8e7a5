#include "core/verdict/drain_watch.h"

#include <algorithm>

namespace lastframe::verdict {

using session::GradualDrainKnown;
using std::chrono::milliseconds;

void DrainWatch::advance(Moment at) {
  const std::int64_t slice = slice_of(at);
  if (newest_ == 0) newest_ = slice;
  if (slice <= newest_) return;
  const std::int64_t steps = std::min(slice - newest_, kSlices);
  for (std::int64_t i = 1; i <= steps; ++i) {
    open_[place_of(newest_ + i)] = 0;
  }
  newest_ = slice;
}

// Null: so long ago that it is not counted any more.
std::uint32_t* DrainWatch::slice_at(Moment accepted) {
  const std::int64_t slice = slice_of(accepted);
  if (slice > newest_ || slice <= newest_ - kSlices) return nullptr;
  return &open_[place_of(slice)];
}

void DrainWatch::note_accepted(Moment at) {
  advance(at);
  began_ = std::min(began_, at);
  if (std::uint32_t* open = slice_at(at)) ++*open;
}

void DrainWatch::note_gone(Moment accepted) {
  std::uint32_t* open = slice_at(accepted);
  if (open != nullptr && *open > 0) --*open;
}

// In later slices: those of the cutoff's own slice may be older or younger.
std::uint64_t DrainWatch::open_since(Moment cutoff) const {
  std::uint64_t open = 0;
  for (std::int64_t slice = slice_of(cutoff) + 1; slice <= newest_; ++slice) {
    open += open_[place_of(slice)];
  }
  return open;
}

// True: a younger one than all before. The cutoff moves on, and what was seen ends with it.
bool DrainWatch::note_cutoff(Side& side, const End& end) {
  const bool is_youngest_so_far = end.accepted > side.cutoff;
  if (is_youngest_so_far) side.cutoff = end.accepted;
  if (end.accepted < side.cutoff - kShortlyBefore) return false;
  const auto age = end.ended - end.accepted;
  if (age < side.youngest || side.youngest_accepted < side.cutoff - kShortlyBefore) {
    side.youngest = age;
    side.youngest_accepted = end.accepted;
  }
  return is_youngest_so_far;
}

std::optional<GradualDrainKnown> DrainWatch::note_end(const End& end) {
  advance(end.ended);
  Side& side = sides_[index(end.closer)];
  side.ends[side.end_count++ % kEnds] = {
      .ended = end.ended, .usual_per_second = static_cast<float>(end.usual_per_second)};
  if (note_cutoff(side, end)) {
    side.drain.reset();
    return std::nullopt;
  }
  if (end.has_common_time) return std::nullopt;
  if (end.ended >= side.looked + kBetweenLooks || end.ended < side.looked) {
    side.looked = end.ended;
    side.drain = look(side, end);
  } else if (side.drain) {
    ++side.drain->closes;
    side.drain->since_cutoff = std::chrono::floor<milliseconds>(end.ended - side.cutoff);
  }
  return side.drain;
}

std::optional<GradualDrainKnown> DrainWatch::look(const Side& side, const End& end) const {
  const auto since_cutoff = end.ended - side.cutoff;
  const bool is_in_sight = slice_of(side.cutoff) > newest_ - kSlices;
  // Before, it was seen long enough that ones as young as those since the cutoff used to end.
  const double since = std::chrono::duration<double>(since_cutoff).count();
  if (!is_in_sight || seconds_between(began_, side.cutoff) < kTimesSince * since) {
    return std::nullopt;
  }
  const std::uint64_t younger = open_since(side.cutoff);
  if (younger < kFewest) return std::nullopt;
  const std::uint64_t older = end.still_open - std::min(younger, end.still_open);

  std::uint32_t closes = 0;
  double spared = 0;
  std::uint64_t younger_then = younger;
  std::int64_t counted_to = newest_;
  PastEnd first{};
  for (std::uint64_t back = 1; back <= std::min(side.end_count, kEnds); ++back) {
    const PastEnd& past = side.ends[(side.end_count - back) % kEnds];
    if (past.ended <= side.cutoff || past.ended < end.ended - kLongest) break;
    for (; counted_to > slice_of(past.ended); --counted_to) {
      younger_then -= open_[place_of(counted_to)];
    }
    if (younger_then == 0) break;
    const auto spared_then = static_cast<double>(younger_then);
    spared += spared_then / (spared_then + static_cast<double>(older + closes + 1));
    ++closes;
    first = past;
  }
  if (closes < kFewest || spared < kEnough) return std::nullopt;
  // With a lifetime or an idle limit the cutoff follows at that distance; here it stays behind.
  if (since_cutoff < kTimesYoungest * side.youngest) return std::nullopt;
  const double seconds = std::max(1.0, seconds_between(first.ended, end.ended));
  if (closes / seconds < kTimesUsual * static_cast<double>(first.usual_per_second)) {
    return std::nullopt;
  }
  return GradualDrainKnown{
      .closes = closes,
      .open_since = static_cast<std::uint32_t>(std::min<std::uint64_t>(younger, UINT32_MAX)),
      .since_cutoff = std::chrono::floor<milliseconds>(since_cutoff)};
}

}  // namespace lastframe::verdict
