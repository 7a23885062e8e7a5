// Samples of metrics, brought together and written in the Prometheus text format.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/counter.h"
#include "output/metric_table.h"

namespace lastframe::output {

// What bounds and sums of a histogram are divided by, for the unit in the metric's name.
inline constexpr double kMicroseconds = 1e6;
inline constexpr double kBytes = 1;

class Exposition {
 public:
  // As many labels as the metric's row names, in its order.
  using Labels = std::initializer_list<std::string_view>;

  // Values of equal labels are added up. Zero of a counter that has labels is left out: what was
  // never counted is absent.
  void add(Metric metric, Labels labels, double value);
  void add(Metric metric, Labels labels, std::uint64_t value) {
    add(metric, labels, static_cast<double>(value));
  }

  template <const auto& Bounds>
  void add(Metric metric, Labels labels, const Histogram<Bounds>& histogram, double unit) {
    const auto counts = histogram.counts();
    add_buckets(metric, labels, counts, static_cast<double>(histogram.sum()), Bounds, unit);
  }
  // `counts`: one more than bounds, not cumulative.
  void add_buckets(Metric metric, Labels labels, std::span<const std::uint64_t> counts, double sum,
                   std::span<const std::uint64_t> bounds, double unit);

  // Text format 0.0.4 (prometheus.io, "Exposition formats"). Families without samples are left out.
  std::string text() const;

 private:
  struct Sample {
    double value = 0;  // of a histogram its sum, in the metric's unit
    std::vector<std::uint64_t> counts{};
    std::span<const std::uint64_t> bounds{};
    double unit = 1;
  };
  using Family = std::map<std::vector<std::string>, Sample>;

  Sample& sample(Metric metric, Labels labels);

  std::array<Family, kMetrics.size()> families_;
};

}  // namespace lastframe::output
