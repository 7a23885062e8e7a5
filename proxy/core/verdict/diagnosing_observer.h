// Puts the verdict into each report before the next observer is told.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "core/session/observer.h"

namespace lastframe::verdict {

// A report without a catalogue passes without a verdict. What passes on holds no catalogue, so that
// a record that waits to be written keeps none alive.
class DiagnosingObserver final : public session::Observer {
 public:
  explicit DiagnosingObserver(std::unique_ptr<session::Observer> next) : next_(std::move(next)) {}

  void on_session_start(const session::SessionReport& so_far) override;
  void on_frame(const session::SessionLabel& session, Moment at,
                const session::FrameSeen& frame) override;
  void on_message(const session::SessionLabel& session, Moment at,
                  const session::MessageSeen& message) override;
  void on_violation(const session::SessionLabel& session, Moment at,
                    const ws::Violation& violation) override;
  void on_session_end(session::SessionReport report) override;
  void on_mass_close(const session::MassCloseSeen& seen) override;
  session::LiveCounts* live_counts(std::string_view listener) override;
  session::UpstreamCounts* upstream_counts(std::string_view listener,
                                           std::string_view upstream) override;

 private:
  std::unique_ptr<session::Observer> next_;
};

}  // namespace lastframe::verdict
