#include "output/worker_counts.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/verdict/end_facts.h"
#include "core/ws/opcode.h"
#include "core/ws/rule_table.h"

namespace lastframe::output {
namespace {

using session::Initiator;
using session::RecordKind;
using session::SessionReport;

constexpr std::string_view kNoClose = "none";
constexpr std::string_view kNoLocalPort = "EADDRNOTAVAIL";

std::string_view upstream_label(std::string_view upstream) {
  return upstream == session::kChosenByClient ? std::string_view() : upstream;
}

// The words of the metric; those of frames.jsonl have one for each reserved opcode.
std::string_view opcode_label(std::size_t opcode) {
  const auto known = static_cast<ws::Opcode>(opcode);
  return ws::is_reserved(known) ? "reserved" : ws::name(known);
}

std::uint64_t microseconds(std::chrono::microseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.count()));
}

std::string cause_of(const SessionReport& report) {
  return report.verdict ? report.verdict->cause : std::string();
}

}  // namespace

WorkerCounts::Listener& WorkerCounts::listener(std::string_view name) {
  const auto found = listeners_.find(name);
  if (found != listeners_.end()) return *found->second;
  return *listeners_.emplace(name, std::make_unique<Listener>()).first->second;
}

WorkerCounts::Upstream& WorkerCounts::upstream(Listener& listener, std::string_view name) {
  name = upstream_label(name);
  const auto found = listener.upstreams.find(name);
  if (found != listener.upstreams.end()) return *found->second;
  if (listener.upstreams.size() >= kMostUpstreams && !name.empty()) return upstream(listener, {});
  return *listener.upstreams.emplace(name, std::make_unique<Upstream>()).first->second;
}

session::LiveCounts& WorkerCounts::live(std::string_view listener_name) {
  const std::lock_guard lock(mutex_);
  return listener(listener_name).live;
}

session::UpstreamCounts& WorkerCounts::live(std::string_view listener_name,
                                            std::string_view upstream_name) {
  const std::lock_guard lock(mutex_);
  return upstream(listener(listener_name), upstream_name).live;
}

void WorkerCounts::count(const SessionReport& report) {
  const std::lock_guard lock(mutex_);
  Listener& own = listener(report.listener);
  Upstream& behind = upstream(own, report.upstream);
  // Those that opened a connection were counted then.
  if (report.handshake.outcome && !report.handshake.opened) {
    ++behind.handshakes[static_cast<std::size_t>(*report.handshake.outcome)];
  }
  for (const session::StraySeen& stray : report.stray_bytes) {
    ++own.strays[index(direction_from(stray.side))][std::string(stray.kind)];
  }
  switch (report.kind) {
    case RecordKind::session_end:
      return count_close(report, own, behind);
    case RecordKind::handshake_failed:
      return;
    case RecordKind::tls_failed:
      if (report.tls_failure) ++own.tls_failures[index(report.tls_failure->peer)][cause_of(report)];
      return;
    case RecordKind::connect_failed:
      ++behind.connect_failures[cause_of(report)];
      behind.source_ports_exhausted += report.connect_error == kNoLocalPort ? 1 : 0;
      return;
  }
}

void WorkerCounts::count_close(const SessionReport& report, Listener& own, Upstream& behind) {
  const session::CloseSeen* close = report.is_sealed ? nullptr : first_close(report);
  ++behind
        .closes[{.code = close == nullptr ? std::string(kNoClose)
                                          : codes_.of(static_cast<std::uint16_t>(close->reported)),
                 .initiator = report.initiator,
                 .clean = report.clean}];
  if (report.verdict) ++behind.causes[report.verdict->cause];
  own.durations.observe(microseconds(report.ended - report.accepted));
  const auto facts = verdict::end_facts(report);
  if (facts && facts->idle) own.silences.observe(microseconds(*facts->idle));
}

void WorkerCounts::count(const session::MassCloseSeen& seen) {
  const std::lock_guard lock(mutex_);
  ++upstream(listener(seen.listener), seen.configured_upstream).mass_closes;
}

void WorkerCounts::add_to(Exposition& exposition) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, own] : listeners_) add(name, *own, exposition);
}

void WorkerCounts::add(const std::string& name, const Listener& own, Exposition& to) {
  add_live(name, own.live, to);
  to.add(Metric::connection_duration, {name}, own.durations, kMicroseconds);
  to.add(Metric::idle_before_close, {name}, own.silences, kMicroseconds);
  for (const Endpoint endpoint : kEndpoints) {
    for (const auto& [cause, count] : own.tls_failures[index(endpoint)]) {
      to.add(Metric::tls_failures, {name, lastframe::name(endpoint), cause}, count);
    }
  }
  for (const Direction direction : kDirections) {
    for (const auto& [kind, count] : own.strays[index(direction)]) {
      to.add(Metric::stray_finds, {name, lastframe::name(direction), kind}, count);
    }
  }
  for (const auto& [upstream_name, behind] : own.upstreams) add(name, upstream_name, *behind, to);
}

void WorkerCounts::add_live(const std::string& name, const session::LiveCounts& live,
                            Exposition& to) {
  std::uint64_t over = 0;
  for (std::size_t i = 0; i < live.over.size(); ++i) {
    const std::uint64_t count = live.over[i].value();
    over += count;
    to.add(Metric::connections, {name, session::kConnectionResults[i]}, count);
  }
  // Read last: whoever ends meanwhile still counts as active.
  to.add(Metric::connections_active, {name}, std::max(live.accepted.value(), over) - over);
  to.add(Metric::handshake_duration, {name}, live.handshakes, kMicroseconds);
  for (const Direction direction : kDirections) {
    const std::string_view word = lastframe::name(direction);
    const session::DirectionCounts& counts = live.directions[index(direction)];
    const std::uint64_t texts = counts.short_texts.messages.value();
    const std::uint64_t binaries = counts.short_binaries.messages.value();
    const std::uint64_t heads = (texts + binaries) * session::head_of_short(direction);
    const std::uint64_t wire =
        counts.short_texts.bytes.value() + counts.short_binaries.bytes.value();
    const std::uint64_t payload = std::max(wire, heads) - heads;
    for (std::size_t i = 0; i < counts.frames.size(); ++i) {
      to.add(Metric::frames, {name, word, opcode_label(i)}, counts.frames[i].value());
    }
    to.add(Metric::frames, {name, word, ws::name(ws::Opcode::text)}, texts);
    to.add(Metric::frames, {name, word, ws::name(ws::Opcode::binary)}, binaries);
    to.add(Metric::payload_bytes, {name, word}, counts.payload.value() + payload);
    auto sizes = counts.messages.counts();
    sizes.front() += texts + binaries;
    to.add_buckets(Metric::message_size, {name, word}, sizes,
                   static_cast<double>(counts.messages.sum() + payload), session::kMessageSizes,
                   kBytes);
    to.add(Metric::untrusted_directions, {name, word}, counts.untrusted.value());
  }
  for (const Endpoint side : kEndpoints) {
    const std::string_view word = lastframe::name(side);
    to.add(Metric::pong_latency, {name, word}, live.pongs[index(side)], kMicroseconds);
    for (const ws::RuleRow& row : ws::kRules) {
      const auto& sides = live.violations[static_cast<std::size_t>(row.rule)];
      to.add(Metric::violations, {name, row.id, word}, sides[index(side)].value());
    }
  }
}

void WorkerCounts::add(const std::string& listener, const std::string& name, const Upstream& own,
                       Exposition& to) {
  to.add(Metric::sessions_active, {listener, name}, own.live.open.value());
  to.add(Metric::mass_closes, {listener, name}, own.mass_closes);
  to.add(Metric::source_ports_exhausted, {listener, name}, own.source_ports_exhausted);
  auto handshakes = own.handshakes;
  using session::HandshakeOutcome;
  handshakes[static_cast<std::size_t>(HandshakeOutcome::accepted)] += own.live.accepted.value();
  handshakes[static_cast<std::size_t>(HandshakeOutcome::failed)] += own.live.failed.value();
  for (std::size_t i = 0; i < handshakes.size(); ++i) {
    to.add(Metric::handshakes, {listener, name, session::name(static_cast<HandshakeOutcome>(i))},
           handshakes[i]);
  }
  for (const auto& [close, count] : own.closes) {
    to.add(Metric::closes,
           {listener, name, close.code, session::name(close.initiator),
            close.clean ? "true" : "false"},
           count);
  }
  for (const auto& [cause, count] : own.causes) {
    to.add(Metric::close_causes, {listener, name, cause}, count);
  }
  for (const auto& [cause, count] : own.connect_failures) {
    to.add(Metric::connect_failures, {listener, name, cause}, count);
  }
}

}  // namespace lastframe::output
