#include "output/metrics.h"

#include <utility>

#include "output/exposition.h"

namespace lastframe::output {

class Metrics::CountingObserver final : public session::Observer {
 public:
  CountingObserver(WorkerCounts& counts, std::unique_ptr<session::Observer> next)
      : counts_(counts), next_(std::move(next)) {}

  void on_session_start(const session::SessionReport& so_far) override {
    next_->on_session_start(so_far);
  }
  void on_frame(const session::SessionLabel& session, Moment at,
                const session::FrameSeen& frame) override {
    next_->on_frame(session, at, frame);
  }
  void on_message(const session::SessionLabel& session, Moment at,
                  const session::MessageSeen& message) override {
    next_->on_message(session, at, message);
  }
  void on_violation(const session::SessionLabel& session, Moment at,
                    const ws::Violation& violation) override {
    next_->on_violation(session, at, violation);
  }
  void on_session_end(session::SessionReport report) override {
    counts_.count(report);
    next_->on_session_end(std::move(report));
  }
  void on_mass_close(const session::MassCloseSeen& seen) override {
    counts_.count(seen);
    next_->on_mass_close(seen);
  }
  session::LiveCounts* live_counts(std::string_view listener) override {
    return &counts_.live(listener);
  }
  session::UpstreamCounts* upstream_counts(std::string_view listener,
                                           std::string_view upstream) override {
    return &counts_.live(listener, upstream);
  }

 private:
  WorkerCounts& counts_;
  std::unique_ptr<session::Observer> next_;
};

Metrics::Metrics(const MetricsOptions& options) : codes_(options.codes) {}

Metrics::~Metrics() = default;

std::unique_ptr<session::Observer> Metrics::make_observer(std::unique_ptr<session::Observer> next) {
  const std::lock_guard lock(mutex_);
  workers_.push_back(std::make_unique<WorkerCounts>(codes_));
  return std::make_unique<CountingObserver>(*workers_.back(), std::move(next));
}

void Metrics::set_facts(FactSource facts) {
  const std::lock_guard lock(mutex_);
  facts_ = std::move(facts);
}

std::string Metrics::exposition() const {
  Exposition exposition;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& worker : workers_) worker->add_to(exposition);
    if (facts_) add_to(exposition, facts_());
  }
  return exposition.text();
}

}  // namespace lastframe::output
