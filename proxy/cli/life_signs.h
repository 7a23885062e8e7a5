// Whether the event loops live, as signs for the service manager's watchdog, which would rather
// start us anew than keep a relay that hangs.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cli/supervisor.h"
#include "core/base/moment.h"

namespace lastframe::cli {

// Asks all event loops for an answer, and gives a sign only when it has come: that the caller runs
// proves little, for it relays nothing.
class LifeSigns {
 public:
  struct Loops {
    std::function<void()> ask;
    std::function<bool()> have_answered;  // since they were asked
  };

  LifeSigns(const Supervisor& supervisor, Loops loops);

  // Called at least every pause(). `status` is what people are shown; asked for only when it is
  // sent.
  void look(Moment now, const std::function<std::string()>& status);
  std::chrono::microseconds pause() const { return pause_; }

 private:
  void ask(Moment now);

  const Supervisor& supervisor_;
  Loops loops_;
  std::chrono::microseconds interval_;
  std::chrono::microseconds pause_;
  Moment next_sign_{};
  std::optional<Moment> asked_at_;
};

}  // namespace lastframe::cli
