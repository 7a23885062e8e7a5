#include "output/metrics.h"

#include <utility>

#include "core/session/forwarding_observer.h"
#include "output/exposition.h"

namespace lastframe::output {

class Metrics::CountingObserver final : public session::ForwardingObserver {
 public:
  CountingObserver(WorkerCounts& counts, std::unique_ptr<session::Observer> next)
      : ForwardingObserver(std::move(next)), counts_(counts) {}

  void on_session_end(session::SessionReport report) override {
    counts_.count(report);
    next().on_session_end(std::move(report));
  }
  void on_mass_close(const session::MassCloseSeen& seen) override {
    counts_.count(seen);
    next().on_mass_close(seen);
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
