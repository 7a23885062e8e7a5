#include "output/process_facts.h"

#include <chrono>

#include "core/base/endpoint.h"

namespace lastframe::output {
namespace {

void add_relay(Exposition& to, const RelayFacts& relay) {
  to.add(Metric::workers, {}, std::uint64_t{relay.workers});
  to.add(Metric::connections_limit, {}, relay.connections_limit);
  to.add(Metric::pending_bytes, {}, relay.pending_bytes);
  to.add(Metric::pending_bytes_limit, {}, relay.pending_bytes_limit);
  to.add(Metric::inflate_bytes, {}, relay.inflate_bytes);
  to.add(Metric::accept_pauses, {}, relay.accept_pauses);
  to.add(Metric::analyses_shed, {}, relay.analyses_shed);
  to.add(Metric::other_protocols, {}, relay.other_protocols);
  to.add(Metric::tick_lag, {}, relay.tick_lag_s);
  to.add(Metric::draining, {}, relay.is_draining ? 1.0 : 0.0);
}

void add_learnt(Exposition& to, const LearntFacts& learnt) {
  const auto add_time = [&](std::string_view kind, const std::optional<double>& seconds) {
    if (seconds) to.add(Metric::learnt_timeout, {learnt.listener, learnt.upstream, kind}, *seconds);
  };
  add_time("idle", learnt.idle_s);
  add_time("lifetime", learnt.lifetime_s);
  for (const Direction direction : kDirections) {
    const auto& size = learnt.size_limits[index(direction)];
    if (!size) continue;
    to.add(Metric::learnt_size_limit, {learnt.listener, learnt.upstream, name(direction)}, *size);
  }
}

void add_sink(Exposition& to, const SinkCounts& sink) {
  to.add(Metric::sink_records, {sink.name, "delivered"}, sink.delivered);
  to.add(Metric::sink_records, {sink.name, "dropped"}, sink.dropped);
  to.add(Metric::sink_records, {sink.name, "sampled"}, sink.sampled);
  to.add(Metric::sink_batches, {sink.name, "ok"}, sink.batches_ok);
  to.add(Metric::sink_batches, {sink.name, "retried"}, sink.batches_retried);
  to.add(Metric::sink_batches, {sink.name, "refused"}, sink.batches_refused);
  to.add(Metric::sink_spool, {sink.name}, sink.spool_bytes);
  if (!sink.last_success) return;
  const std::chrono::duration<double> since_epoch = sink.last_success->time_since_epoch();
  to.add(Metric::sink_last_success, {sink.name}, since_epoch.count());
}

void add_recorder(Exposition& to, const RecorderCounts& recorder) {
  to.add(Metric::recorder_memory, {}, recorder.memory_bytes);
  to.add(Metric::recorder_memory_limit, {}, recorder.memory_limit_bytes);
  to.add(Metric::recorder_given_up, {}, recorder.given_up);
  to.add(Metric::recordings, {"written"}, recorder.written);
  to.add(Metric::recordings, {"dropped"}, recorder.dropped);
}

void add_process(Exposition& to, const OwnProcess& process) {
  if (process.cpu_s) to.add(Metric::process_cpu, {}, *process.cpu_s);
  if (process.resident_bytes) to.add(Metric::process_resident, {}, *process.resident_bytes);
  if (process.open_files) to.add(Metric::process_open_fds, {}, *process.open_files);
  if (process.most_open_files) to.add(Metric::process_max_fds, {}, *process.most_open_files);
  if (process.started) to.add(Metric::process_started, {}, *process.started);
}

}  // namespace

void add_to(Exposition& exposition, const ProcessFacts& facts) {
  exposition.add(Metric::build_info, {facts.version, facts.libwebsockets, facts.openssl}, 1.0);
  add_relay(exposition, facts.relay);
  for (const LearntFacts& learnt : facts.learnt) add_learnt(exposition, learnt);
  exposition.add(Metric::log_dropped_lines, {}, facts.log_dropped_lines);
  exposition.add(Metric::reload_successful, {}, facts.is_last_reload_good ? 1.0 : 0.0);
  exposition.add(Metric::reload_success_time, {}, facts.configured_at);
  for (const CertificateExpiry& certificate : facts.certificates) {
    exposition.add(Metric::certificate_expiry, {certificate.listener, certificate.file},
                   certificate.expires);
  }
  if (facts.feed) {
    exposition.add(Metric::feed_subscribers, {}, facts.feed->subscribers);
    exposition.add(Metric::feed_dropped, {}, facts.feed->dropped);
  }
  for (const SinkCounts& sink : facts.sinks) add_sink(exposition, sink);
  if (facts.recorder) add_recorder(exposition, *facts.recorder);
  add_process(exposition, facts.process);
}

}  // namespace lastframe::output
