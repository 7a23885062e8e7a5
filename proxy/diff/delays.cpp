#include "diff/delays.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lastframe::diff {
namespace {

using std::chrono::microseconds;

constexpr int kTimesTheSpread = 10;

microseconds quantile(std::vector<microseconds> values, double share) {
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + place);
  return values[static_cast<std::size_t>(place)];
}

}  // namespace

std::vector<microseconds> delays_of(const Flow& flow, const Trace& sender_tap,
                                    const Trace& receiver_tap,
                                    const std::vector<Matched>& matched) {
  std::vector<microseconds> delays;
  delays.reserve(matched.size());
  for (const Matched& pair : matched) {
    delays.push_back(receiver_tap.wall(flow.arrived.items[pair.arrived].ended) -
                     sender_tap.wall(flow.sent.items[pair.sent].ended));
  }
  return delays;
}

std::optional<microseconds> median(std::vector<microseconds> values) {
  if (values.empty()) return std::nullopt;
  return quantile(std::move(values), 0.5);
}

void find_delayed(const Flow& flow, const std::vector<Matched>& matched,
                  const std::vector<microseconds>& delays, microseconds threshold,
                  Findings& findings) {
  if (delays.size() < 4) return;
  const microseconds usual = quantile(delays, 0.5);
  const microseconds spread = quantile(delays, 0.75) - usual;
  const microseconds limit = usual + std::max(threshold, kTimesTheSpread * spread);
  for (std::size_t i = 0; i < delays.size(); ++i) {
    if (delays[i] <= limit) continue;
    Finding finding = finding_at(flow, Kind::data_delayed, &flow.sent.items[matched[i].sent],
                                 &flow.arrived.items[matched[i].arrived]);
    finding.detail = fmt::format("{:.3f} s longer than is usual here",
                                 std::chrono::duration<double>(delays[i] - usual).count());
    findings.add(std::move(finding));
  }
}

}  // namespace lastframe::diff
