#include "core/verdict/close_clusters.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lastframe::verdict {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

float seconds_of(std::optional<std::chrono::milliseconds> time) {
  return time ? std::chrono::duration<float>(*time).count() : kUnknown;
}

constexpr float kEarliness = 0.05F;  // seconds

}  // namespace

float tolerance_of(float seconds) {
  return seconds < 10 ? seconds / 10 : std::max(1.0F, seconds / 50);
}

CloseClusters::Ring::Ring(std::optional<std::uint16_t> its_code) : code(its_code) {
  for (Seconds* all : {&idle, &idle_of_side, &idle_of_other, &age}) all->fill(kUnknown);
}

// A comparison with NaN is false. The length of the loop is fixed, so that it is vectorised.
session::Share CloseClusters::share_of(float own, float shortest, const Seconds& all,
                                       std::uint32_t size) {
  if (!(own >= shortest - kEarliness)) return {};
  const float tolerance = tolerance_of(own);
  std::uint32_t matching = 0;
  for (const float seconds : all) matching += std::abs(seconds - own) <= tolerance ? 1u : 0u;
  return {.matching = matching, .of = size};
}

// The first place is kept for closes without a Close; of codes the least recently seen makes room.
CloseClusters::Ring& CloseClusters::ring_of(Endpoint closer, std::optional<std::uint16_t> code) {
  auto& rings = rings_[index(closer)];
  std::unique_ptr<Ring>* place = rings.data();
  if (code) {
    const auto age_of = [](const std::unique_ptr<Ring>& ring) { return ring ? ring->last_use : 0; };
    const auto codes = std::ranges::subrange(rings.begin() + 1, rings.end());
    auto found = std::ranges::find_if(codes, [&](const auto& r) { return r && r->code == code; });
    if (found == codes.end()) found = std::ranges::min_element(codes, {}, age_of);
    place = &*found;
  }
  if (!*place || (*place)->code != code) *place = std::make_unique<Ring>(code);
  (*place)->last_use = ++uses_;
  return **place;
}

TimeShares CloseClusters::learn(const EndFacts& facts) {
  Ring& ring = ring_of(facts.closer, facts.code);
  const float idle = seconds_of(facts.idle);
  const float idle_of_side = seconds_of(facts.idle_of[index(facts.closer)]);
  const float idle_of_other = seconds_of(facts.idle_of[index(other(facts.closer))]);
  const float age = std::chrono::duration<float>(facts.ended - facts.accepted).count();
  ring.idle[ring.next] = idle;
  ring.idle_of_side[ring.next] = idle_of_side;
  ring.idle_of_other[ring.next] = idle_of_other;
  ring.age[ring.next] = age;
  ring.next = (ring.next + 1) % kCloses;
  ring.size = std::min<std::uint32_t>(ring.size + 1, kCloses);
  const TimeShares shares{
      .idle = share_of(idle, kShortestIdle, ring.idle, ring.size),
      .idle_of_side = share_of(idle_of_side, kShortestIdle, ring.idle_of_side, ring.size),
      .idle_of_other = share_of(idle_of_other, kShortestIdle, ring.idle_of_other, ring.size),
      .age = share_of(age, kShortestAge, ring.age, ring.size)};
  ring.common_idle.learn(idle, shares.idle, kShortestIdle, ring.idle, ring.size);
  ring.common_age.learn(age, shares.age, kShortestAge, ring.age, ring.size);
  return shares;
}

// Another time than the common one makes it less common; once most are others it is forgotten.
void CloseClusters::Common::learn(float own, const session::Share& share, float shortest,
                                  const Seconds& all, std::uint32_t size) {
  if (is_common(share)) {
    seconds = own;
  } else if (!is_common(share_of(seconds, shortest, all, size))) {
    seconds = kUnknown;
  }
}

CloseClusters::Times CloseClusters::learnt() const {
  Times times;
  const auto take = [](std::optional<float>& shortest, float seconds) {
    if (!std::isnan(seconds)) shortest = std::min(shortest.value_or(seconds), seconds);
  };
  for (const Endpoint closer : kEndpoints) {
    for (const auto& ring : rings_[index(closer)]) {
      if (!ring || is_leaving_by_itself(closer, ring->code)) continue;
      const float idle = ring->common_idle.seconds;
      const float age = ring->common_age.seconds;
      take(times.idle, idle);
      const bool is_same = std::abs(age - idle) <= tolerance_of(age);
      if (!is_same) take(times.age, age);
    }
  }
  return times;
}

}  // namespace lastframe::verdict
