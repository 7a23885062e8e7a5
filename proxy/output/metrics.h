// Counts what happens for Prometheus: each worker on its own, brought together when somebody asks.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/observer.h"
#include "output/code_label.h"
#include "output/process_facts.h"
#include "output/worker_counts.h"

namespace lastframe::output {

struct MetricsOptions {
  std::vector<std::uint16_t> codes;  // close codes that are told apart: see CodeLabels

  bool operator==(const MetricsOptions&) const = default;
};

class Metrics {
 public:
  explicit Metrics(const MetricsOptions& options);
  ~Metrics();

  // For one worker: counts, and passes everything on to `next`. Must not outlive the metrics.
  std::unique_ptr<session::Observer> make_observer(std::unique_ptr<session::Observer> next);

  // Who says the rest at each scrape; none: it is left out. From any thread.
  void set_facts(FactSource facts);

  // All metrics in the Prometheus text format; from any thread.
  std::string exposition() const;

 private:
  class CountingObserver;

  CodeLabels codes_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<WorkerCounts>> workers_;
  FactSource facts_;
};

}  // namespace lastframe::output
