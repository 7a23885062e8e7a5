#include "sinks/queue.h"

#include <algorithm>
#include <utility>

namespace lastframe::sinks {
namespace {

constexpr std::size_t kLeastForStorms = 1'000;

}  // namespace

SinkQueue::SinkQueue(const SinkOptions& options)
    : most_(options.queue),
      most_in_storm_(options.queue + std::max(options.queue / 4, kLeastForStorms)),
      half_full_(std::max<std::size_t>(options.queue / 2, 1)),
      batch_records_(options.batch_records),
      batch_bytes_(options.batch_bytes),
      interval_(options.batch_interval) {}

bool SinkQueue::push(std::string_view line, std::string_view cause, Moment now) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= most_ && !storm_.takes(cause, now)) {
    ++sampled_;
    return false;
  }
  if (entries_.size() >= most_in_storm_) {
    ++dropped_;
    return false;
  }
  const bool was_full_batch = is_full_batch();
  entries_.push_back({std::string(line), now});
  bytes_ += line.size();
  return entries_.size() == 1 || (!was_full_batch && is_full_batch()) ||
         entries_.size() == half_full_;
}

std::vector<std::string> SinkQueue::take(Moment now, bool is_last) {
  const std::lock_guard lock(mutex_);
  if (entries_.empty()) return {};
  if (!is_last && !is_full_batch() && now < entries_.front().came + interval_) return {};
  std::vector<std::string> lines;
  std::size_t size = 0;
  while (!entries_.empty() && lines.size() < batch_records_) {
    std::string& line = entries_.front().line;
    if (!lines.empty() && size + line.size() > batch_bytes_) break;
    size += line.size();
    lines.push_back(std::move(line));
    entries_.pop_front();
  }
  bytes_ -= size;
  return lines;
}

void SinkQueue::put_back(std::vector<std::string> lines) {
  const std::lock_guard lock(mutex_);
  // They have waited long enough once.
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    bytes_ += line->size();
    entries_.push_front({std::move(*line), Moment()});
  }
}

bool SinkQueue::is_half_full() const {
  const std::lock_guard lock(mutex_);
  return entries_.size() >= half_full_;
}

std::optional<Moment> SinkQueue::is_due_at() const {
  const std::lock_guard lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  return is_full_batch() ? Moment() : entries_.front().came + interval_;
}

SinkQueue::Counts SinkQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return {.waiting = entries_.size(), .dropped = dropped_, .sampled = sampled_};
}

bool SinkQueue::is_full_batch() const {
  return entries_.size() >= batch_records_ || bytes_ >= batch_bytes_;
}

}  // namespace lastframe::sinks
