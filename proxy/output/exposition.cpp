#include "output/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cassert>
#include <limits>
#include <sstream>
#include <utility>

namespace lastframe::output {
namespace {

prometheus::MetricType type_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return prometheus::MetricType::Counter;
    case MetricType::gauge:
      return prometheus::MetricType::Gauge;
    case MetricType::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric::Histogram buckets(std::span<const std::uint64_t> counts,
                                            std::span<const std::uint64_t> bounds, double unit) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.bucket.reserve(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += counts[i];
    histogram.bucket.push_back({.cumulative_count = histogram.sample_count,
                                .upper_bound = i < bounds.size()
                                                   ? static_cast<double>(bounds[i]) / unit
                                                   : std::numeric_limits<double>::infinity()});
  }
  return histogram;
}

}  // namespace

Exposition::Sample& Exposition::sample(Metric metric, Labels labels) {
  assert(labels.size() == row_of(metric).label_count());
  return families_[static_cast<std::size_t>(metric)][{labels.begin(), labels.end()}];
}

void Exposition::add(Metric metric, Labels labels, double value) {
  if (value == 0 && labels.size() > 0 && row_of(metric).type == MetricType::counter) return;
  sample(metric, labels).value += value;
}

void Exposition::add_buckets(Metric metric, Labels labels, std::span<const std::uint64_t> counts,
                             double sum, std::span<const std::uint64_t> bounds, double unit) {
  assert(counts.size() == bounds.size() + 1);
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  if (total == 0) return;
  Sample& own = sample(metric, labels);
  own.counts.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) own.counts[i] += counts[i];
  own.value += sum / unit;
  own.bounds = bounds;
  own.unit = unit;
}

std::string Exposition::text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const MetricRow& row : kMetrics) {
    const Family& family = families_[static_cast<std::size_t>(row.metric)];
    if (family.empty()) continue;
    prometheus::MetricFamily& written = families.emplace_back();
    written.name = row.name;
    written.help = row.help;
    written.type = type_of(row.type);
    written.metric.reserve(family.size());
    for (const auto& [values, own] : family) {
      prometheus::ClientMetric& metric = written.metric.emplace_back();
      for (std::size_t i = 0; i < values.size(); ++i) {
        metric.label.push_back({.name = std::string(row.labels[i]), .value = values[i]});
      }
      metric.counter.value = metric.gauge.value = own.value;
      if (row.type != MetricType::histogram) continue;
      metric.histogram = buckets(own.counts, own.bounds, own.unit);
      metric.histogram.sample_sum = own.value;
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace lastframe::output
