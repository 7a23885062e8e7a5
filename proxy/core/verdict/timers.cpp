#include "core/verdict/timers.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>

#include "core/base/ranges.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

using catalogue::Counts;
using catalogue::Role;
using catalogue::TimeoutKind;
using catalogue::TimeoutRow;

// The time that this timer would have measured; none where it is not known.
std::optional<double> measured_by(const TimeoutRow& row, const Case& facts) {
  if (row.kind == TimeoutKind::lifetime) return facts.age;
  switch (row.counts) {
    case Counts::either:
      return facts.idle;
    case Counts::client:
      return facts.idle_of[index(Endpoint::client)];
    case Counts::server:
      return facts.idle_of[index(Endpoint::server)];
  }
  return std::nullopt;
}

// A row that sends a Close does not explain a bare end, nor the other way round.
bool ends_like(const TimeoutRow& row, const Case& facts) {
  if (facts.close != nullptr) return contains(row.codes, facts.code);
  const auto how = facts.end_kind();
  if (row.how == "close") return facts.report.is_sealed;  // where one may have passed
  // Where a hop closes with unread bytes in its buffer, its kernel sends a reset for a FIN.
  if (row.how == "reset") return how == session::EndKind::reset;
  return how == session::EndKind::fin || how == session::EndKind::reset ||
         how == session::EndKind::tls_truncated;
}

}  // namespace

double seconds_of(const TimeoutRow& row) {
  return std::chrono::duration<double>(row.after).count();
}

bool can_stand_at(const catalogue::ProductRow* product, Endpoint side) {
  if (product == nullptr) return true;
  if (product->role == Role::server) return side == Endpoint::server;
  if (product->role == Role::client) return side == Endpoint::client;
  return true;
}

bool is_near(double seconds, double timer) {
  return std::abs(seconds - timer) <= std::max(1.0, timer * 0.02);
}

// Timers fire a little late, never early.
bool is_round(double seconds) {
  constexpr double kLateness = 0.06;
  return seconds - std::floor(seconds + 0.005) <= kLateness;
}

void put_best_first(std::vector<TimerMatch>& found) {
  std::ranges::stable_sort(found, {}, [](const TimerMatch& match) {
    return std::tuple(!match.is_on_path, !match.row->is_default,
                      std::abs(match.measured - seconds_of(*match.row)));
  });
}

std::vector<TimerMatch> matching_timers(const Case& facts, TimeoutKind kind) {
  std::vector<TimerMatch> found;
  if (!facts.closer) return found;
  for (const TimeoutRow& row : facts.rows.timeouts) {
    if (row.kind != kind || !ends_like(row, facts)) continue;
    const auto measured = measured_by(row, facts);
    if (!measured || !is_near(*measured, seconds_of(row))) continue;
    const catalogue::ProductRow* const product = facts.rows.product(row.product);
    if (!can_stand_at(product, *facts.closer)) continue;
    found.push_back({.row = &row,
                     .product = product,
                     .measured = *measured,
                     .is_on_path = facts.knows(row.product, *facts.closer)});
  }
  put_best_first(found);
  return found;
}

std::string candidate_text(const TimerMatch& match) {
  const TimeoutRow& row = *match.row;
  const std::string_view product = match.product != nullptr ? match.product->name : row.product;
  const std::string_view unnamed =
      row.kind == TimeoutKind::lifetime ? "its longest lifetime" : "its idle time-out";
  const std::string_view setting = row.setting.empty() ? unnamed : row.setting;
  return fmt::format("{}: {} is {}{}{}", product, setting, time_text(seconds_of(row)),
                     row.is_default ? " by default" : "",
                     match.is_on_path ? ", and it is on the path" : "");
}

}  // namespace lastframe::verdict
