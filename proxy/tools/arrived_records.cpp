#include "tools/arrived_records.h"

#include <algorithm>

namespace lastframe::tools {

void ArrivedRecords::add(const session::SessionReport& report) {
  {
    const std::lock_guard lock(mutex_);
    records_.push_back({.client = std::string(report.texts[session::Text::client].value_or("")),
                        .outcome = outcome_of(report)});
    if (records_.size() > kMostKept) records_.pop_front();
  }
  has_come_.notify_all();
}

std::optional<Outcome> ArrivedRecords::wait_for(std::string_view client,
                                                std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  auto found = records_.end();
  const bool has_come = has_come_.wait_for(lock, patience, [&] {
    found = std::ranges::find(records_, client, &Record::client);
    return found != records_.end();
  });
  if (!has_come) return std::nullopt;
  const Outcome outcome = found->outcome;
  records_.erase(found);
  return outcome;
}

}  // namespace lastframe::tools
