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

// Timers tick coarsely, and long ones drift: a second, or one part in fifty; of short times a
// tenth, or all of them would be alike.
float tolerance_of(float seconds) {
  return seconds < 10 ? seconds / 10 : std::max(1.0F, seconds / 50);
}

constexpr float kEarliness = 0.05F;  // seconds

}  // namespace

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
  return {.idle = share_of(idle, kShortestIdle, ring.idle, ring.size),
          .idle_of_side = share_of(idle_of_side, kShortestIdle, ring.idle_of_side, ring.size),
          .idle_of_other = share_of(idle_of_other, kShortestIdle, ring.idle_of_other, ring.size),
          .age = share_of(age, kShortestAge, ring.age, ring.size)};
}

}  // namespace lastframe::verdict
