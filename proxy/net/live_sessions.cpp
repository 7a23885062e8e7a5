#include "net/live_sessions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/relay_connection.h"

namespace lastframe::net {
namespace {

void keep_youngest(std::vector<LiveSession>& sessions, std::size_t limit) {
  std::ranges::sort(sessions, std::ranges::greater{},
                    [](const LiveSession& seen) { return seen.so_far.accepted; });
  if (sessions.size() > limit)
    sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(limit), sessions.end());
}

}  // namespace

bool RelayConnection::matches(const LiveQuery& query) const {
  if (!session_ || !session_->has_begun() || phase_ == Phase::finished) return false;
  if (query.id && *query.id != id_) return false;
  if (query.stage && *query.stage != session_->stage()) return false;
  const session::SessionOptions& options = listener_->session;
  if (!query.listener.empty() && query.listener != options.listener) return false;
  const auto upstream = session_->text(session::Text::upstream).value_or(options.upstream);
  return query.upstream.empty() || query.upstream == upstream;
}

LiveSession RelayConnection::look(Moment now, const LiveQuery& query) {
  LiveSession seen{.so_far = session_->so_far(now),
                   .stage = session_->stage(),
                   .idle = std::max(now - active_, Moment::duration(0))};
  for (const Direction direction : kDirections) {
    seen.pending[index(direction)] = leg(receiver(direction)).pending_size();
  }
  if (query.wants_recording && session_->recording() != nullptr) {
    seen.recording = session_->recording()->blocks();
  }
  return seen;
}

LiveAnswer look_at(std::span<const std::unique_ptr<RelayConnection>> connections,
                   const LiveQuery& query, Moment now) {
  LiveAnswer answer;
  std::vector<RelayConnection*> found;
  for (const auto& connection : connections) {
    if (!connection->matches(query)) continue;
    ++answer.matching[connection->listener_name()];
    found.push_back(connection.get());
  }
  const auto wanted = static_cast<std::ptrdiff_t>(std::min(query.limit, found.size()));
  std::ranges::partial_sort(found, found.begin() + wanted, std::ranges::greater{},
                            &RelayConnection::accepted);
  for (RelayConnection* connection : std::span(found).first(static_cast<std::size_t>(wanted))) {
    answer.sessions.push_back(connection->look(now, query));
  }
  return answer;
}

void LiveGathering::add(LiveAnswer answer) {
  std::unique_lock lock(mutex_);
  std::ranges::move(answer.sessions, std::back_inserter(sum_.sessions));
  for (const auto& [listener, count] : answer.matching) sum_.matching[listener] += count;
  if (--awaited_ > 0) return;
  keep_youngest(sum_.sessions, limit_);
  LiveAnswer whole = std::move(sum_);
  lock.unlock();
  done_(std::move(whole));
}

}  // namespace lastframe::net
