// Puts the verdict into each report before the next observer is told.
#pragma once

#include <memory>
#include <utility>

#include "core/session/forwarding_observer.h"

namespace lastframe::verdict {

// A report without a catalogue passes without a verdict. What passes on holds no catalogue, so that
// a record that waits to be written keeps none alive.
class DiagnosingObserver final : public session::ForwardingObserver {
 public:
  explicit DiagnosingObserver(std::unique_ptr<session::Observer> next)
      : ForwardingObserver(std::move(next)) {}

  void on_session_end(session::SessionReport report) override;
};

}  // namespace lastframe::verdict
