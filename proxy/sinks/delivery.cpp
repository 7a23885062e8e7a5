#include "sinks/delivery.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/words.h"
#include "sinks/body.h"

namespace lastframe::sinks {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto kBetweenComplaints = 60s;
constexpr auto kIdleTurn = 60s;
constexpr auto kSpoolAgain = 1s;

// Doubles from `first` to `most`. Half of it is by chance, so that a fleet does not come back as a
// herd.
milliseconds wait_after(unsigned failures, const SinkOptions& options, std::minstd_rand& random) {
  milliseconds wait = options.retry_first;
  for (unsigned i = 1; i < failures && wait < options.retry_most; ++i) wait *= 2;
  wait = std::min(wait, options.retry_most);
  std::uniform_int_distribution<milliseconds::rep> share(wait.count() / 2, wait.count());
  return milliseconds(share(random));
}

std::string in_records(std::uint64_t count) {
  return count == 1 ? "1 record" : fmt::format("{} records", count);
}

}  // namespace

Delivery::Delivery(const SinkOptions& options, SinkQueue& queue, std::unique_ptr<SinkSpool> spool,
                   Poster& poster, Say say)
    : options_(options),
      queue_(queue),
      spool_(std::move(spool)),
      poster_(poster),
      say_(std::move(say)) {
  counts_.name = options.name;
}

Moment Delivery::turn(Moment now, WallTime wall) {
  if (is_under_way_) {
    if (const auto answer = poster_.take_answer()) {
      is_under_way_ = false;
      settle(judge(*answer, options_.format, current_->batch.lines.size()), now, wall);
    }
  }
  if (is_backlogged()) spool_queue(now);
  if (!is_under_way_ && now >= try_at_) {
    if (!current_) choose_current(now);
    if (current_) start_request();
  }
  const bool has_nothing_left = !current_ && queue_.counts().waiting == 0;
  const bool is_late = is_stopping() && now >= *deadline_;
  const bool is_hopeless = is_stopping() && spool_ && failures_ > 0 && !is_under_way_;
  if (is_stopping() && (is_late || is_hopeless || has_nothing_left)) give_up(now);
  return next_turn(now);
}

output::SinkCounts Delivery::counts() const {
  output::SinkCounts counts = counts_;
  const SinkQueue::Counts queued = queue_.counts();
  counts.dropped += queued.dropped + (spool_ ? spool_->dropped_records() : 0);
  counts.sampled = queued.sampled;
  counts.waiting_records = queued.waiting;
  if (current_ && !current_->is_spooled) counts.waiting_records += current_->batch.lines.size();
  counts.spool_bytes = spool_ ? spool_->bytes() : 0;
  return counts;
}

void Delivery::settle(SinkVerdict verdict, Moment now, WallTime wall) {
  if (auto* done = std::get_if<Taken>(&verdict)) return taken(std::move(*done), now, wall);
  if (const auto* later = std::get_if<Again>(&verdict)) return again(later->why, later->after, now);
  if (const auto* large = std::get_if<TooLarge>(&verdict)) return halve(large->why, now);
  ++counts_.batches_refused;
  dropped(current_->batch.lines.size(), std::get<Refused>(verdict).why, now);
  forget_current();
  failures_ = 0;
  try_at_ = now;
}

void Delivery::taken(Taken taken, Moment now, WallTime wall) {
  std::vector<std::string>& lines = current_->batch.lines;
  counts_.delivered += lines.size() - taken.again.size() - taken.refused;
  counts_.last_success = wall;
  if (taken.refused > 0) dropped(taken.refused, taken.why, now);
  if (taken.again.empty()) {
    ++counts_.batches_ok;
    if (std::exchange(failures_, 0) > 0 && std::exchange(waits_.said_at, std::nullopt)) {
      say_(fmt::format("sink {}: takes records again", printable(options_.name)));
    }
    forget_current();
    try_at_ = now;
    return;
  }
  std::vector<std::string> left;
  for (const std::size_t position : taken.again) left.push_back(std::move(lines[position]));
  Current smaller{.number = current_->number, .batch = make_batch(std::move(left))};
  if (spool_) smaller.number = spool_->next_number();
  // Written before the whole one is removed: a crash in between sends some twice, and loses none.
  if (current_->is_spooled) smaller.is_spooled = spool(smaller.number, smaller.batch, now);
  forget_current();
  current_ = std::move(smaller);
  again(taken.why, std::nullopt, now);
}

void Delivery::again(const std::string& why, std::optional<std::chrono::seconds> after,
                     Moment now) {
  ++counts_.batches_retried;
  ++failures_;
  try_at_ = now + std::max<milliseconds>(wait_after(failures_, options_, random_),
                                         after.value_or(std::chrono::seconds(0)));
  spool_current(now);
  const output::SinkCounts so_far = counts();
  complain(waits_,
           fmt::format("{}; {} and {} on disk wait, and are tried again", why,
                       in_records(so_far.waiting_records), in_bytes(so_far.spool_bytes)),
           now);
}

// The first half is tried at once. The second waits its turn, on the disk where the whole was.
void Delivery::halve(const std::string& why, Moment now) {
  ++counts_.batches_retried;
  try_at_ = now;
  auto& lines = current_->batch.lines;
  const auto middle = lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2);
  std::vector<std::string> behind(std::make_move_iterator(middle),
                                  std::make_move_iterator(lines.end()));
  lines.erase(middle, lines.end());
  Current first{.number = current_->number, .batch = make_batch(std::move(lines))};
  if (spool_) first.number = spool_->next_number();
  if (current_->is_spooled) {
    first.is_spooled = spool(first.number, first.batch, now);
    SinkBatch second = make_batch(std::move(behind));
    const bool is_spooled = spool(spool_->next_number(), second, now);
    behind = is_spooled ? std::vector<std::string>() : std::move(second.lines);
  }
  queue_.put_back(std::move(behind));
  forget_current();
  current_ = std::move(first);
  complain(too_large_,
           why + "; batches are sent in halves, a smaller batch: {bytes: ...} saves that", now);
}

void Delivery::dropped(std::uint64_t records, const std::string& why, Moment now) {
  counts_.dropped += records;
  complain(refuses_, fmt::format("{}; {} dropped", why, in_records(records)), now);
}

void Delivery::forget_current() {
  if (current_->is_spooled) spool_->remove(current_->number);
  current_.reset();
}

// Whether new records go behind others on the disk, where they outlive us. Else they stay in
// memory: a batch that is taken at once needs no disk.
bool Delivery::is_backlogged() const {
  return spool_ && (failures_ > 0 || queue_.is_half_full() || (!current_ && spool_->oldest()) ||
                    (current_ && current_->is_spooled));
}

// Whether the disk has it now.
bool Delivery::spool(std::uint64_t number, const SinkBatch& batch, Moment now) {
  const std::uint64_t dropped_before = spool_->dropped_records();
  const auto kept = current_ ? std::optional(current_->number) : std::nullopt;
  const auto added = spool_->add(number, batch, kept);
  if (!added) {
    spool_at_ = now + kSpoolAgain;
    complain(cannot_spool_, to_text(added.error()), now);
    return false;
  }
  if (const std::uint64_t lost = spool_->dropped_records() - dropped_before; lost > 0) {
    complain(refuses_, fmt::format("the spool is full; the oldest {} dropped", in_records(lost)),
             now);
  }
  return true;
}

void Delivery::spool_current(Moment now) {
  if (!spool_ || current_->is_spooled || now < spool_at_) return;
  current_->is_spooled = spool(current_->number, current_->batch, now);
}

void Delivery::spool_queue(Moment now) {
  while (now >= spool_at_) {
    auto lines = queue_.take(now, is_stopping());
    if (lines.empty()) return;
    SinkBatch batch = make_batch(std::move(lines));
    if (!spool(spool_->next_number(), batch, now)) queue_.put_back(std::move(batch.lines));
  }
}

void Delivery::choose_current(Moment now) {
  while (const auto oldest = spool_ ? spool_->oldest() : std::nullopt) {
    auto batch = spool_->read(*oldest);
    if (!batch) {
      try_at_ = now + kSpoolAgain;
      return complain(cannot_spool_, to_text(batch.error()), now);
    }
    if (*batch) {
      current_ = Current{.number = *oldest, .batch = **std::move(batch), .is_spooled = true};
      return;
    }
    complain(refuses_, "a file of the spool was damaged or gone; its records are dropped", now);
  }
  auto lines = queue_.take(now, is_stopping());
  if (lines.empty()) return;
  const std::uint64_t number = spool_ ? spool_->next_number() : unspooled_number_++;
  current_ = Current{.number = number, .batch = make_batch(std::move(lines))};
}

void Delivery::start_request() {
  SinkBody body = compose(options_, current_->batch);
  poster_.start({.url = url_for(options_, current_->batch),
                 .content_type = body.content_type,
                 .batch = current_->batch.id,
                 .body = std::move(body.text)});
  is_under_way_ = true;
}

// What may have arrived is kept all the same: twice is better than never.
void Delivery::give_up(Moment now) {
  poster_.cancel();
  is_under_way_ = false;
  is_over_ = true;
  spool_at_ = now;
  if (current_) spool_current(now);
  if (spool_) spool_queue(now);
  std::uint64_t lost = current_ && !current_->is_spooled ? current_->batch.lines.size() : 0;
  current_.reset();
  for (auto lines = queue_.take(now, true); !lines.empty(); lines = queue_.take(now, true)) {
    lost += lines.size();
  }
  if (lost > 0) {
    refuses_.said_at.reset();
    dropped(lost, "stopping, and not everything was taken", now);
  }
}

void Delivery::complain(Complaint& complaint, const std::string& text, Moment now) {
  if (complaint.said_at && now - *complaint.said_at < kBetweenComplaints) return;
  complaint.said_at = now;
  say_(fmt::format("sink {}: {}: {}", printable(options_.name), shown_url(options_.url), text));
}

Moment Delivery::next_turn(Moment now) const {
  Moment next = now + kIdleTurn;
  if (is_stopping()) next = std::min(next, *deadline_);
  if (is_under_way_) return next;
  if (current_ || (spool_ && spool_->oldest())) next = std::min(next, try_at_);
  const bool takes_queue = !current_ || spool_;
  if (const auto due = takes_queue ? queue_.is_due_at() : std::nullopt) {
    next = std::min(next, std::max(*due, spool_ && current_ ? spool_at_ : try_at_));
  }
  return next;
}

}  // namespace lastframe::sinks
