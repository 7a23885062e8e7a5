#include "net/shared_patterns.h"

#include <algorithm>
#include <utility>

namespace lastframe::net {
namespace {

// Has the name of no address.
constexpr std::string_view kOtherUpstreams = "other addresses";

session::MassCloseSeen seen(verdict::MassClose mass, Moment now, WallTime wall_now) {
  return {.id = mass.id,
          .listener = std::move(mass.listener),
          .upstream = std::move(mass.upstream),
          .configured_upstream = std::move(mass.configured_upstream),
          .began = wall_now - (now - mass.began),
          .duration = mass.ended - mass.began,
          .closes = mass.closes,
          .usual_per_second = mass.usual_per_second,
          .youngest = mass.youngest,
          .oldest = mass.oldest,
          .by_client = mass.by_client,
          .by_server = mass.by_server,
          .without_close = mass.without_close,
          .with_restart_code = mass.with_restart_code};
}

}  // namespace

void MassCloseAlarm::ring() {
  if (is_ringing_.load(std::memory_order_relaxed) || is_ringing_.exchange(true)) return;
  if (wake_) wake_();
}

SharedPatterns::SharedPatterns(std::string listener, std::string upstream,
                               std::string configured_upstream, MassCloseAlarm& alarm)
    : patterns_(std::move(listener), std::move(upstream), std::move(configured_upstream)),
      alarm_(alarm) {}

void SharedPatterns::note_request(std::string_view client, Moment accepted, Moment requested) {
  const std::lock_guard lock(mutex_);
  patterns_.note_accepted(accepted);
  patterns_.note_request(client, requested);
}

session::KnownPatterns SharedPatterns::learn(const verdict::EndFacts& facts) {
  std::unique_lock lock(mutex_);
  const session::KnownPatterns known = patterns_.learn(facts);
  lock.unlock();
  if (known.mass_close) alarm_.ring();
  return known;
}

session::KnownPatterns SharedPatterns::never_opened(std::string_view client, Moment accepted,
                                                    Moment requested, Moment ended) {
  const std::lock_guard lock(mutex_);
  return patterns_.never_opened(client, accepted, requested, ended);
}

void SharedPatterns::note_gone(Moment accepted) {
  const std::lock_guard lock(mutex_);
  patterns_.note_gone(accepted);
}

void SharedPatterns::take_mass_closes(Moment now, bool is_last,
                                      std::vector<verdict::MassClose>& taken) {
  const std::lock_guard lock(mutex_);
  while (auto mass = patterns_.take_mass_close(now, is_last)) taken.push_back(std::move(*mass));
}

bool SharedPatterns::has_mass_close() {
  const std::lock_guard lock(mutex_);
  return patterns_.has_mass_close();
}

void SharedPatterns::add_learnt(std::map<std::string, verdict::Learnt>& by_upstream) {
  const std::lock_guard lock(mutex_);
  by_upstream[patterns_.configured_upstream()].narrow(patterns_.learnt());
}

ListenerPatterns::ListenerPatterns(std::string listener, MassCloseAlarm& alarm)
    : listener_(std::move(listener)), alarm_(alarm) {}

SharedPatterns& ListenerPatterns::of(std::string_view upstream, std::string_view configured) {
  const std::lock_guard lock(mutex_);
  auto found = upstreams_.find(upstream);
  if (found != upstreams_.end()) return found->second;
  if (upstreams_.size() >= kMostUpstreams) {
    upstream = kOtherUpstreams;
    configured = {};
  }
  const std::string name(upstream);
  return upstreams_.try_emplace(name, listener_, name, std::string(configured), alarm_)
      .first->second;
}

std::vector<SharedPatterns*> ListenerPatterns::all() {
  const std::lock_guard lock(mutex_);
  std::vector<SharedPatterns*> result;
  for (auto& [name, patterns] : upstreams_) result.push_back(&patterns);
  return result;
}

void ListenerPatterns::take_mass_closes(Moment now, bool is_last,
                                        std::vector<verdict::MassClose>& taken) {
  for (SharedPatterns* patterns : all()) patterns->take_mass_closes(now, is_last, taken);
}

bool ListenerPatterns::has_mass_close() {
  return std::ranges::any_of(all(), [](SharedPatterns* each) { return each->has_mass_close(); });
}

void ListenerPatterns::add_learnt(std::vector<LearntOfUpstream>& learnt) {
  std::map<std::string, verdict::Learnt> by_upstream;
  for (SharedPatterns* patterns : all()) patterns->add_learnt(by_upstream);
  for (const auto& [upstream, of_it] : by_upstream) learnt.push_back({listener_, upstream, of_it});
}

std::vector<LearntOfUpstream> RelayPatterns::learnt() {
  std::vector<LearntOfUpstream> result;
  for (const auto& listener : all()) listener->add_learnt(result);
  return result;
}

std::shared_ptr<ListenerPatterns> RelayPatterns::of_listener(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& patterns = listeners_[name];
  if (!patterns) patterns = std::make_shared<ListenerPatterns>(name, alarm_);
  return patterns;
}

void RelayPatterns::prune() {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

std::vector<std::shared_ptr<ListenerPatterns>> RelayPatterns::all() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<ListenerPatterns>> result;
  for (const auto& [name, patterns] : listeners_) result.push_back(patterns);
  return result;
}

std::vector<session::MassCloseSeen> RelayPatterns::take_mass_closes(Moment now, WallTime wall_now,
                                                                    bool is_last) {
  std::vector<verdict::MassClose> taken;
  for (const auto& listener : all()) listener->take_mass_closes(now, is_last, taken);
  std::vector<session::MassCloseSeen> result;
  for (verdict::MassClose& mass : taken) result.push_back(seen(std::move(mass), now, wall_now));
  return result;
}

// Quiet first: what is recognised while we look rings again.
bool RelayPatterns::has_mass_close() {
  alarm_.quieten();
  return std::ranges::any_of(all(), [](const auto& each) { return each->has_mass_close(); });
}

}  // namespace lastframe::net
