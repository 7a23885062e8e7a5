// An observer in a row of observers: what it does not care about, it passes on.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "core/session/observer.h"

namespace lastframe::session {

class ForwardingObserver : public Observer {
 public:
  explicit ForwardingObserver(std::unique_ptr<Observer> next) : next_(std::move(next)) {}

  void on_session_start(const SessionReport& so_far) override { next_->on_session_start(so_far); }
  void on_frame(const SessionLabel& session, Moment at, const FrameSeen& frame) override {
    next_->on_frame(session, at, frame);
  }
  void on_message(const SessionLabel& session, Moment at, const MessageSeen& message) override {
    next_->on_message(session, at, message);
  }
  void on_violation(const SessionLabel& session, Moment at,
                    const ws::Violation& violation) override {
    next_->on_violation(session, at, violation);
  }
  void on_session_end(SessionReport report) override { next_->on_session_end(std::move(report)); }
  void on_mass_close(const MassCloseSeen& seen) override { next_->on_mass_close(seen); }
  std::shared_ptr<Recording> begin_recording(const RecordingStart& start) override {
    return next_->begin_recording(start);
  }
  LiveCounts* live_counts(std::string_view listener) override {
    return next_->live_counts(listener);
  }
  UpstreamCounts* upstream_counts(std::string_view listener, std::string_view upstream) override {
    return next_->upstream_counts(listener, upstream);
  }

 protected:
  Observer& next() { return *next_; }

 private:
  std::unique_ptr<Observer> next_;
};

}  // namespace lastframe::session
