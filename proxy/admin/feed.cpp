#include "admin/feed.h"

#include <utility>

#include "output/json.h"

namespace lastframe::admin {
namespace {

Feed::Message dropped(std::uint64_t count) {
  std::string line;
  output::JsonWriter(line)
      .begin_object()
      .field("event", "dropped")
      .field("count", count)
      .end_object();
  return std::make_shared<const std::string>(std::move(line));
}

}  // namespace

void Feed::add(std::string_view json) {
  auto message = std::make_shared<const std::string>(json);
  const std::lock_guard lock(mutex_);
  bytes_ += json.size();
  messages_.push_back(std::move(message));
  while (messages_.size() > most_ || (bytes_ > most_bytes_ && messages_.size() > 1)) {
    bytes_ -= messages_.front()->size();
    messages_.pop_front();
    ++first_;
  }
  if (tell_ && !is_told_.exchange(true)) tell_();
}

std::uint64_t Feed::end() const {
  const std::lock_guard lock(mutex_);
  return first_ + messages_.size();
}

Feed::Message Feed::next(std::uint64_t& place) const {
  const std::lock_guard lock(mutex_);
  if (place < first_) return dropped(first_ - std::exchange(place, first_));
  if (place >= first_ + messages_.size()) return nullptr;
  return messages_[place++ - first_];
}

void Feed::on_news(std::function<void()> tell) {
  const std::lock_guard lock(mutex_);
  tell_ = std::move(tell);
  is_told_ = false;
}

}  // namespace lastframe::admin
