// Many coarse timers at little cost: a hashed timing wheel (Varghese and Lauck, 1987). Setting and
// cancelling are O(1); a timer fires at the first tick at or after its time.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "core/base/moment.h"

namespace lastframe::net {

// Part of the object that waits. Unlinks itself when it dies.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { cancel(); }

  bool is_set() const { return next_ != nullptr; }
  Moment due() const { return due_; }
  void cancel();

 protected:
  // The timer is not set any more, and may be set again.
  virtual void on_timer(Moment now) = 0;

 private:
  friend class TimerWheel;

  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  Moment due_;
  std::size_t* count_ = nullptr;  // of the wheel that it is set in
};

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{50};

  explicit TimerWheel(Moment start);
  ~TimerWheel();

  void set(Timer& timer, Moment due);
  bool is_empty() const { return count_ == 0; }

  // Fires every timer that is due.
  void advance(Moment now);

 private:
  static constexpr std::size_t kSlots = 512;  // 25.6 s a turn

  struct Anchor final : Timer {
    void on_timer(Moment) override {}
  };

  static void link(Timer& anchor, Timer& timer);
  std::size_t slot_of(Moment due) const;
  void fire_slot(Timer& anchor, Moment now);

  Moment start_;
  std::size_t next_tick_ = 0;  // the first tick that was not handled
  std::size_t count_ = 0;
  std::array<Anchor, kSlots> slots_;
};

}  // namespace lastframe::net
