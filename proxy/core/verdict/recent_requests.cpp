#include "core/verdict/recent_requests.h"

#include <functional>

namespace lastframe::verdict {
namespace {

std::uint64_t hash_of(std::string_view client) {
  const std::uint64_t hash = std::hash<std::string_view>{}(client);
  return hash != 0 ? hash : 1;
}

}  // namespace

void RecentRequests::note(std::string_view client, Moment at) {
  if (client.empty()) return;
  requests_[next_] = {.client = hash_of(client), .at = at};
  next_ = (next_ + 1) % kRequests;
}

bool RecentRequests::has_asked_again(std::string_view client, Moment requested,
                                     Moment ended) const {
  if (client.empty()) return false;
  const std::uint64_t hash = hash_of(client);
  int around = 0;
  bool is_own_seen = false;
  bool has_later_one = false;
  for (const Request& request : requests_) {
    if (request.client != hash) continue;
    if (request.at == requested && !is_own_seen) {
      is_own_seen = true;
      continue;
    }
    const auto distance = request.at < ended ? ended - request.at : request.at - ended;
    if (distance > kAtOnce) continue;
    ++around;
    if (request.at >= requested) has_later_one = true;
  }
  return has_later_one && around <= kMostOfOneClient;
}

}  // namespace lastframe::verdict
