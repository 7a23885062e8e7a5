#include "admin/feed.h"

#include <utility>

#include "output/json.h"

namespace lastframe::admin {
namespace {

Feed::Message dropped_line(std::uint64_t count) {
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

Feed::Reader::Reader(Feed& feed) : feed_(feed) {
  const std::lock_guard lock(feed_.mutex_);
  place_ = feed_.first_ + feed_.messages_.size();
  ++feed_.readers_;
}

Feed::Message Feed::Reader::next() {
  const std::lock_guard lock(feed_.mutex_);
  const std::uint64_t first = feed_.first_;
  if (place_ < first) {
    const std::uint64_t lost = first - std::exchange(place_, first);
    feed_.dropped_ += lost;
    return dropped_line(lost);
  }
  if (place_ >= first + feed_.messages_.size()) return nullptr;
  return feed_.messages_[place_++ - first];
}

void Feed::on_news(std::function<void()> tell) {
  const std::lock_guard lock(mutex_);
  tell_ = std::move(tell);
  is_told_ = false;
}

}  // namespace lastframe::admin
