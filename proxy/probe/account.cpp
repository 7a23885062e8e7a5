#include "probe/account.h"

#include <chrono>
#include <utility>

namespace lastframe::probe {

void Accounts::put(const Account& account) {
  {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = accounts_.insert_or_assign(account.connection, account);
    if (is_new) order_.push_back(place->first);
    if (order_.size() > kMostKept) {
      accounts_.erase(order_.front());
      order_.pop_front();
    }
  }
  has_changed_.notify_all();
}

std::optional<Account> Accounts::find(const std::string& connection,
                                      std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  has_changed_.wait_for(lock, patience, [&] {
    const auto found = accounts_.find(connection);
    return found == accounts_.end() || !found->second.ended.empty();
  });
  const auto found = accounts_.find(connection);
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

}  // namespace lastframe::probe
