#include "core/verdict/diagnosing_observer.h"

#include <utility>

#include "core/verdict/diagnosis.h"

namespace lastframe::verdict {

void DiagnosingObserver::on_session_start(const session::SessionReport& so_far) {
  next_->on_session_start(so_far);
}

void DiagnosingObserver::on_frame(const session::SessionLabel& session, Moment at,
                                  const session::FrameSeen& frame) {
  next_->on_frame(session, at, frame);
}

void DiagnosingObserver::on_message(const session::SessionLabel& session, Moment at,
                                    const session::MessageSeen& message) {
  next_->on_message(session, at, message);
}

void DiagnosingObserver::on_violation(const session::SessionLabel& session, Moment at,
                                      const ws::Violation& violation) {
  next_->on_violation(session, at, violation);
}

void DiagnosingObserver::on_session_end(session::SessionReport report) {
  if (report.catalogue) report.verdict = classify(report, *report.catalogue);
  report.catalogue.reset();
  next_->on_session_end(std::move(report));
}

void DiagnosingObserver::on_mass_close(const session::MassCloseSeen& seen) {
  next_->on_mass_close(seen);
}

session::LiveCounts* DiagnosingObserver::live_counts(std::string_view listener) {
  return next_->live_counts(listener);
}

session::UpstreamCounts* DiagnosingObserver::upstream_counts(std::string_view listener,
                                                             std::string_view upstream) {
  return next_->upstream_counts(listener, upstream);
}

}  // namespace lastframe::verdict
