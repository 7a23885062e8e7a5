#include "net/timer_wheel.h"

#include <algorithm>

namespace lastframe::net {

void Timer::cancel() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
  if (count_ != nullptr) --*count_;
}

TimerWheel::TimerWheel(Moment start) : start_(start) {
  for (Anchor& anchor : slots_) anchor.next_ = anchor.previous_ = &anchor;
}

TimerWheel::~TimerWheel() {
  for (Anchor& anchor : slots_) {
    while (anchor.next_ != &anchor) anchor.next_->cancel();
    anchor.next_ = anchor.previous_ = nullptr;
  }
}

void TimerWheel::link(Timer& anchor, Timer& timer) {
  timer.next_ = &anchor;
  timer.previous_ = anchor.previous_;
  anchor.previous_->next_ = &timer;
  anchor.previous_ = &timer;
}

// The tick at or after `due`, and not one that was handled already.
std::size_t TimerWheel::slot_of(Moment due) const {
  const auto since = std::max(due - start_, Moment::duration::zero());
  const auto tick = static_cast<std::size_t>((since + kTick - Moment::duration(1)) / kTick);
  return std::max(tick, next_tick_) % kSlots;
}

void TimerWheel::set(Timer& timer, Moment due) {
  timer.cancel();
  timer.due_ = due;
  timer.count_ = &count_;
  ++count_;
  link(slots_[slot_of(due)], timer);
}

void TimerWheel::advance(Moment now) {
  const auto last = static_cast<std::size_t>((now - start_) / kTick);
  if (last < next_tick_) return;
  // After a long sleep each slot needs one visit only.
  const std::size_t first = std::max(next_tick_, last >= kSlots ? last - kSlots + 1 : 0);
  next_tick_ = last + 1;
  for (std::size_t tick = first; tick <= last && count_ > 0; ++tick) {
    fire_slot(slots_[tick % kSlots], now);
  }
}

// What is in the slot is moved aside first: a timer that fires may set or cancel others.
void TimerWheel::fire_slot(Timer& anchor, Moment now) {
  if (anchor.next_ == &anchor) return;
  Anchor taken;
  taken.next_ = anchor.next_;
  taken.previous_ = anchor.previous_;
  taken.next_->previous_ = taken.previous_->next_ = &taken;
  anchor.next_ = anchor.previous_ = &anchor;
  while (taken.next_ != &taken) {
    Timer& timer = *taken.next_;
    const Moment due = timer.due_;
    timer.cancel();
    if (due <= now) {
      timer.on_timer(now);
    } else {
      set(timer, due);  // of a later turn of the wheel
    }
  }
  taken.next_ = taken.previous_ = nullptr;
}

}  // namespace lastframe::net
