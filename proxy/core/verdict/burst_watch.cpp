#include "core/verdict/burst_watch.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace lastframe::verdict {
namespace {

using std::chrono::milliseconds;

// Ages or silences that lie closer together tell nothing apart.
constexpr float kApart = 1;      // seconds
constexpr float kShortIdle = 5;  // seconds; a shorter silence says nothing

// How far the middle four fifths of `values` reach: single ones that stand apart do not count.
float spread(std::span<float> values) {
  if (values.size() < 2) return 0;
  const std::size_t cut = values.size() / 10;
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(cut);
  const auto high = values.end() - 1 - static_cast<std::ptrdiff_t>(cut);
  std::ranges::nth_element(values, low);
  const float lowest = *low;  // what follows moves it
  std::nth_element(low, high, values.end());
  return *high - lowest;
}

session::MassCloseKnown known_of(const Burst& burst) {
  const EndCounts& counts = burst.counts;
  return {.id = burst.id,
          .closes = counts.closes,
          .within = std::chrono::floor<milliseconds>(counts.last - counts.first),
          .usual_per_second = burst.usual_per_second,
          .youngest = counts.youngest,
          .oldest = counts.oldest};
}

EndCounts counts_of(const BurstEnd& end) {
  const auto age = std::chrono::floor<milliseconds>(end.ended - end.accepted);
  return {.closes = 1,
          .without_close = end.is_without_close ? 1u : 0u,
          .with_restart_code = end.has_restart_code ? 1u : 0u,
          .first = end.ended,
          .last = end.ended,
          .youngest = age,
          .oldest = age};
}

}  // namespace

void EndCounts::add(const EndCounts& more) {
  closes += more.closes;
  without_close += more.without_close;
  with_restart_code += more.with_restart_code;
  first = std::min(first, more.first);
  last = std::max(last, more.last);
  youngest = std::min(youngest, more.youngest);
  oldest = std::max(oldest, more.oldest);
}

// What leaves the window becomes usual, but for the ends of a burst.
void BurstWatch::advance(Moment at) {
  const std::int64_t slice = slice_of(at);
  if (newest_ == 0) newest_ = slice;
  if (slice <= newest_) return;
  const std::int64_t steps = std::min<std::int64_t>(slice - newest_, kSlices);
  for (std::int64_t i = 1; i <= steps; ++i) {
    EndCounts& leaving = slices_[place_of(newest_ + i)];
    if (running_) {
      held_back_ += leaving.closes;
    } else {
      usual_.add(leaving.closes);
    }
    leaving = {};
  }
  newest_ = slice;
  usual_.advance(at - kWindow);
}

std::uint32_t BurstWatch::closes_in_window() const {
  std::uint32_t closes = 0;
  for (const EndCounts& slice : slices_) closes += slice.closes;
  return closes;
}

bool BurstWatch::is_far_above_usual(std::uint32_t closes) const {
  return closes >= kFewest && closes >= kTimesUsual * usual_.at_most_per_second();
}

// Connections that live as briefly as those that end are no mass close, however many they are. And
// those that were opened together and end together are one client's doing, or have one lifetime:
// then their ages differ no more than the moments at which they end. Others differ by their ages,
// or at least by their silences.
bool BurstWatch::are_unlike(std::uint32_t closes, std::uint64_t still_open) const {
  std::array<float, kSamples> ages;
  std::array<float, kSamples> idles;
  std::array<float, kSamples> ends;
  std::size_t size = 0;
  std::size_t idle_size = 0;
  const std::size_t last = (sample_count_ - 1) % kSamples;
  for (std::size_t i = 0; i < std::min<std::uint64_t>(sample_count_, kSamples); ++i) {
    const Sample& sample = samples_[i];
    const auto before = samples_[last].ended - sample.ended;
    if (before >= kWindow) continue;
    ends[size] = std::chrono::duration<float>(before).count();
    ages[size++] = sample.age;
    if (sample.idle >= kShortIdle) idles[idle_size++] = sample.idle;
  }
  const float turnover = static_cast<float>(still_open + closes) / static_cast<float>(closes);
  const std::span own_ages = std::span(ages).first(size);
  const auto middle = own_ages.begin() + static_cast<std::ptrdiff_t>(size / 2);
  std::ranges::nth_element(own_ages, middle);
  if (*middle < kTimesTurnover * turnover) return false;
  const float between_ages = spread(own_ages);
  const float between_ends =
      closes <= size ? spread(std::span(ends).first(size)) : spread_of_slices(closes);
  if (between_ages <= 2 * between_ends) return false;
  if (between_ages >= kApart) return true;
  return 2 * idle_size >= size && spread(std::span(idles).first(idle_size)) >= kApart;
}

// The same for more ends than there are samples of, to a tenth of a second.
float BurstWatch::spread_of_slices(std::uint32_t closes) const {
  const std::uint32_t cut = closes / 10;
  std::uint32_t before = 0;
  int slices = 0;
  for (std::int64_t slice = newest_ - kSlices + 1; slice <= newest_; ++slice) {
    if (before >= closes - cut) break;
    before += slices_[place_of(slice)].closes;
    if (before > cut) ++slices;
  }
  return static_cast<float>(std::max(0, slices - 1)) * std::chrono::duration<float>(kSlice).count();
}

bool BurstWatch::is_burst(std::uint32_t closes, std::uint64_t still_open) const {
  return is_far_above_usual(closes) && closes * kPartOfOpen >= still_open + closes &&
         are_unlike(closes, still_open);
}

void BurstWatch::end_running() {
  over_ = last_ = std::exchange(running_, std::nullopt);
  held_back_ = 0;
}

std::optional<session::MassCloseKnown> BurstWatch::note(const BurstEnd& end,
                                                        std::uint64_t still_open,
                                                        std::uint64_t& last_id) {
  if (running_ && end.now > running_->alive + kQuiet) end_running();
  const EndCounts own = counts_of(end);
  if (!running_ && last_ && end.ended >= last_->since && end.ended <= last_->counts.last) {
    last_->counts.add(own);
    return known_of(*last_);
  }
  advance(end.ended);
  const std::int64_t slice = slice_of(end.ended);
  const bool is_recent = slice > newest_ - kSlices;
  if (is_recent) slices_[place_of(slice)].add(own);
  if (running_ && end.ended >= running_->since) return go_on(own, end.now);
  if (!is_recent) {
    usual_.add(1);
    return std::nullopt;
  }
  samples_[sample_count_++ % kSamples] = {
      .ended = end.ended,
      .age = std::chrono::duration<float>(end.ended - end.accepted).count(),
      .idle = end.idle ? std::chrono::duration<float>(*end.idle).count()
                       : std::numeric_limits<float>::quiet_NaN()};
  if (running_ || !is_burst(closes_in_window(), still_open)) return std::nullopt;
  running_ = Burst{.id = ++last_id,
                   .counts = {},
                   .usual_per_second = usual_.per_second(),
                   .since = Moment((newest_ - kSlices + 1) * kSlice),
                   .alive = end.now};
  for (const EndCounts& each : slices_) running_->counts.add(each);
  return known_of(*running_);
}

// Each end from here on belongs to the burst; those that come thick, or late, keep it alive.
session::MassCloseKnown BurstWatch::go_on(const EndCounts& own, Moment now) {
  const bool is_late = own.last <= running_->counts.last;
  running_->counts.add(own);
  if (is_late || is_far_above_usual(closes_in_window())) {
    running_->alive = std::max(running_->alive, now);
  }
  const session::MassCloseKnown known = known_of(*running_);
  if (own.last > running_->counts.first + kLongest) {
    usual_.add(held_back_);
    end_running();
  }
  return known;
}

std::optional<Burst> BurstWatch::take(Moment now, bool is_last) {
  if (running_ && (is_last || now > running_->alive + kQuiet)) end_running();
  return std::exchange(over_, std::nullopt);
}

}  // namespace lastframe::verdict
