#include "core/verdict/patterns.h"

#include <algorithm>
#include <utility>

namespace lastframe::verdict {
namespace {

constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kServiceRestart = 1012;

// Most closes that look alike came after the same time: then a limit explains which ones end.
bool has_common_time(const TimeShares& shares) {
  return is_common(shares.age) || is_common(shares.idle) || is_common(shares.idle_of_side) ||
         is_common(shares.idle_of_other);
}

}  // namespace

Patterns::Patterns(std::string listener, std::string upstream, std::string configured_upstream)
    : listener_(std::move(listener)),
      upstream_(std::move(upstream)),
      configured_upstream_(std::move(configured_upstream)) {}

void Patterns::note_accepted(Moment at) {
  ++open_;
  drains_.note_accepted(at);
  for (BurstWatch& bursts : bursts_) bursts.begin(at);
}

void Patterns::note_request(std::string_view client, Moment at) { requests_.note(client, at); }

void Patterns::note_gone(Moment accepted) {
  open_ -= std::min<std::uint64_t>(open_, 1);
  drains_.note_gone(accepted);
}

session::KnownPatterns Patterns::learn(const EndFacts& facts) {
  note_gone(facts.accepted);
  session::KnownPatterns known;
  if (facts.was_cut_by_us) return known;
  const TimeShares shares = clusters_.learn(facts);
  known.same_idle = shares.idle;
  known.same_idle_of_side = shares.idle_of_side;
  known.same_idle_of_other = shares.idle_of_other;
  known.same_age = shares.age;
  const SizeLimits::Known sizes = sizes_.learn(facts);
  known.largest_accepted = sizes.largest_accepted;
  known.smallest_refused = sizes.smallest_refused;
  if (is_leaving_by_itself(facts.closer, facts.code)) return known;
  const double usual = bursts_[index(facts.closer)].usual_per_second();
  known.mass_close = note_burst(facts);
  known.drain = drains_.note_end({.closer = facts.closer,
                                  .accepted = facts.accepted,
                                  .ended = facts.ended,
                                  .still_open = open_,
                                  .usual_per_second = usual,
                                  .has_common_time = has_common_time(shares)});
  return known;
}

std::optional<session::MassCloseKnown> Patterns::note_burst(const EndFacts& facts) {
  const BurstEnd end{.accepted = facts.accepted,
                     .ended = facts.ended,
                     .now = std::max(facts.ended, facts.finished),
                     .idle = facts.idle,
                     .is_without_close = !facts.code,
                     .has_restart_code = facts.code == kGoingAway || facts.code == kServiceRestart};
  return bursts_[index(facts.closer)].note(end, open_, last_burst_);
}

std::string_view client_of(std::optional<std::string_view> forwarded_for,
                           std::string_view address) {
  if (forwarded_for) return *forwarded_for;
  if (address.starts_with("unix:")) return {};
  return address.substr(0, address.rfind(':'));
}

session::KnownPatterns Patterns::never_opened(std::string_view client, Moment accepted,
                                              Moment requested, Moment ended) {
  note_gone(accepted);
  session::KnownPatterns known;
  known.has_same_client_asked_again = requests_.has_asked_again(client, requested, ended);
  return known;
}

std::optional<MassClose> Patterns::take_mass_close(Moment now, bool is_last) {
  for (const Endpoint endpoint : kEndpoints) {
    const auto burst = bursts_[index(endpoint)].take(now, is_last);
    if (!burst) continue;
    const EndCounts& counts = burst->counts;
    return MassClose{.id = burst->id,
                     .listener = listener_,
                     .upstream = upstream_,
                     .configured_upstream = configured_upstream_,
                     .began = counts.first,
                     .ended = counts.last,
                     .closes = counts.closes,
                     .usual_per_second = burst->usual_per_second,
                     .youngest = counts.youngest,
                     .oldest = counts.oldest,
                     .by_client = endpoint == Endpoint::client ? counts.closes : 0,
                     .by_server = endpoint == Endpoint::server ? counts.closes : 0,
                     .without_close = counts.without_close,
                     .with_restart_code = counts.with_restart_code};
  }
  return std::nullopt;
}

void Learnt::narrow(const Learnt& other) {
  const auto lower = [](auto& own, const auto& others) {
    if (others && (!own || *others < *own)) own = others;
  };
  lower(idle, other.idle);
  lower(lifetime, other.lifetime);
  for (const Direction direction : kDirections) {
    lower(size_limits[index(direction)], other.size_limits[index(direction)]);
  }
}

Learnt Patterns::learnt() const {
  const CloseClusters::Times times = clusters_.learnt();
  Learnt learnt{.idle = times.idle, .lifetime = times.age, .size_limits = {}};
  for (const Direction direction : kDirections) {
    learnt.size_limits[index(direction)] = sizes_.smallest_refused(receiver(direction));
  }
  return learnt;
}

bool Patterns::has_mass_close() const {
  return std::ranges::any_of(bursts_, [](const BurstWatch& bursts) { return bursts.has_burst(); });
}

}  // namespace lastframe::verdict
