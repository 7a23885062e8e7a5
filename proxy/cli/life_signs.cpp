#include "cli/life_signs.h"

#include <algorithm>
#include <utility>

namespace lastframe::cli {
namespace {

using std::chrono::microseconds;

// How old the status may be where no watchdog asks for more, and how often we look around.
constexpr microseconds kInterval = std::chrono::seconds{10};
constexpr microseconds kPause = std::chrono::seconds{1};

}  // namespace

// sd_watchdog_enabled(3) recommends a sign "when half of the time has passed"; we look four times
// in that while, so that an answer that comes late still makes a sign in time.
LifeSigns::LifeSigns(const Supervisor& supervisor, Loops loops)
    : supervisor_(supervisor),
      loops_(std::move(loops)),
      interval_(std::min(kInterval, supervisor.patience().value_or(kInterval * 2) / 2)),
      pause_(std::clamp(interval_ / 4, microseconds{1000}, kPause)) {}

void LifeSigns::look(Moment now, const std::function<std::string()>& status) {
  if (!asked_at_) {
    next_sign_ = now + interval_ / 2;
    return ask(now);
  }
  if (now < *asked_at_ + pause_ || !loops_.have_answered()) return;
  if (supervisor_.is_there() && now >= next_sign_) {
    supervisor_.say_alive(status());
    next_sign_ = now + interval_;
  }
  ask(now);
}

void LifeSigns::ask(Moment now) {
  loops_.ask();
  asked_at_ = now;
}

}  // namespace lastframe::cli
