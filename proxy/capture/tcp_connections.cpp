#include "capture/tcp_connections.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace lastframe::capture {

TcpConnections::TcpConnections(InputSink& sink, ConnectionIds& ids, const TcpLimits& limits)
    : limits_(limits),
      context_{.sink = sink, .ids = ids, .held_of_stream = limits.held_of_stream},
      // Whoever makes a capture does not know where things stand in our memory: no two files can be
      // made whose connections all share a bucket.
      by_ends_(0, Hash{reinterpret_cast<std::size_t>(this)}) {}

std::size_t TcpConnections::Hash::operator()(const Ends& ends) const {
  std::uint64_t hash = seed;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
  };
  for (const TcpEnd* end : {&ends.low, &ends.high}) {
    std::uint64_t words[2];
    std::memcpy(words, end->address.data(), sizeof(words));
    mix(words[0]);
    mix(words[1]);
    mix(end->port);
  }
  return hash;
}

TcpConnections::Ends TcpConnections::ends_of(const TcpSegment& segment) {
  return segment.from < segment.to ? Ends{segment.from, segment.to}
                                   : Ends{segment.to, segment.from};
}

void TcpConnections::take(const TcpSegment& segment, WallTime at) {
  if (!std::exchange(has_time_, true)) context_.wall_of_zero = at.time_since_epoch();
  const Moment now(at.time_since_epoch() - context_.wall_of_zero);
  const Ends ends = ends_of(segment);
  const auto found = by_ends_.find(ends);
  const bool is_known = found != by_ends_.end();
  if (is_known && !found->second->connection.is_other(segment, now)) {
    return take(found->second, segment, now);
  }
  if (is_known) {
    stop_following(found->second,
                   "another connection took its ports; the capture does not have its end");
  }
  if (segment.is_reset) return;
  open_.push_back({.ends = ends, .connection = TcpConnection(segment, now)});
  by_ends_.emplace(ends, std::prev(open_.end()));
  take(std::prev(open_.end()), segment, now);
  keep_to_limit();
}

void TcpConnections::take(Entries::iterator entry, const TcpSegment& segment, Moment now) {
  TcpConnection& connection = entry->connection;
  if (connection.is_over()) return;
  const std::size_t held_before = connection.held();
  context_.history = open_.size() < limits_.many ? limits_.history : limits_.history_of_many;
  connection.take(segment, now, context_);
  note_waiting(entry, held_before);
  if (held_ > limits_.held) tell_longest_waiting();
  if (connection.is_over()) {
    over_.splice(over_.end(), open_, entry);
    if (over_.size() <= limits_.remembered) return;
    by_ends_.erase(over_.front().ends);
    over_.pop_front();
  } else if (std::next(entry) != open_.end()) {
    open_.splice(open_.end(), open_, entry);
  }
}

void TcpConnections::note_waiting(Entries::iterator entry, std::size_t held_before) {
  const std::size_t held = entry->connection.held();
  held_ += held - held_before;
  if (held == 0 && entry->wait != 0) waiting_.erase(std::exchange(entry->wait, 0));
  if (held == 0 || entry->wait != 0) return;
  entry->wait = ++last_wait_;
  waiting_.emplace(entry->wait, entry);
}

// The entry is gone.
void TcpConnections::stop_following(Entries::iterator entry, const char* why) {
  const bool was_over = entry->connection.is_over();
  const std::size_t held_before = entry->connection.held();
  if (!was_over) entry->connection.leave_open(why, context_);
  note_waiting(entry, held_before);
  by_ends_.erase(entry->ends);
  (was_over ? over_ : open_).erase(entry);
}

void TcpConnections::tell_longest_waiting() {
  while (held_ > limits_.held && !waiting_.empty()) {
    const Entries::iterator longest = waiting_.begin()->second;
    const std::size_t held_before = longest->connection.held();
    longest->connection.give_holes_up(context_);
    note_waiting(longest, held_before);
  }
}

void TcpConnections::keep_to_limit() {
  if (open_.size() <= limits_.connections) return;
  if (!std::exchange(is_full_, true)) {
    context_.sink.on_flaw(
        {.kind = FlawKind::not_kept,
         .text = "more than " + std::to_string(limits_.connections) +
                 " connections are open at once; those that were silent for the longest are "
                 "followed no longer; filter the capture by port"});
  }
  stop_following(open_.begin(), "too many connections were open; this one was silent the longest");
}

void TcpConnections::finish() {
  std::vector<Entries::iterator> left;
  for (auto entry = open_.begin(); entry != open_.end(); ++entry) left.push_back(entry);
  std::ranges::sort(left, {}, [](Entries::iterator entry) { return entry->connection.id(); });
  for (const Entries::iterator entry : left) {
    stop_following(entry, "the capture ends before the connection does");
  }
  over_.clear();
  by_ends_.clear();
}

}  // namespace lastframe::capture
