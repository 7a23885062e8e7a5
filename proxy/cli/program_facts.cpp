#include "cli/program_facts.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "cli/version.h"
#include "net/reactor.h"
#include "ssl/library.h"
#include "ssl/pem_files.h"

namespace lastframe::cli {
namespace {

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::vector<output::CertificateExpiry> certificate_expiries(const net::RelayOptions& options) {
  std::vector<output::CertificateExpiry> expiries;
  for (const net::ListenerOptions& listener : options.listeners) {
    std::vector<ssl::KeyPairFiles> files;
    if (listener.tls) {
      files = listener.tls->certificates;
      if (listener.tls->authority) files.push_back(*listener.tls->authority);
    }
    if (listener.upstream_tls.certificate) files.push_back(*listener.upstream_tls.certificate);
    for (const ssl::KeyPairFiles& file : files) {
      const auto expires = ssl::expiry_of(file.certificate);
      if (!expires) continue;
      expiries.push_back({.listener = listener.name,
                          .file = file.certificate,
                          .expires = static_cast<double>(*expires)});
    }
  }
  return expiries;
}

ProgramFacts::ProgramFacts(net::Relay& relay, const output::LogWriter& log,
                           const sinks::HttpSinks* sinks, const Recordings* recordings,
                           const AdminPort* admin, const net::RelayOptions& options)
    : relay_(relay),
      log_(log),
      sinks_(sinks),
      recordings_(recordings),
      admin_(admin),
      certificates_(certificate_expiries(options)),
      configured_at_(unix_now()) {}

void ProgramFacts::note_reload(const net::RelayOptions& options) {
  auto certificates = certificate_expiries(options);
  const std::lock_guard lock(mutex_);
  certificates_ = std::move(certificates);
  configured_at_ = unix_now();
  is_last_reload_good_ = true;
}

void ProgramFacts::note_failed_reload() {
  const std::lock_guard lock(mutex_);
  is_last_reload_good_ = false;
}

void ProgramFacts::note_drain() {
  const std::lock_guard lock(mutex_);
  is_draining_ = true;
}

output::ProcessFacts ProgramFacts::now() {
  const net::RelayTotals totals = relay_.totals();
  const net::RelayLevels levels = relay_.take_levels();
  output::ProcessFacts facts{.version = std::string(kVersion),
                             .libwebsockets = net::libwebsockets_version(),
                             .openssl = ssl::library_version()};
  facts.relay = {.workers = levels.workers,
                 .connections_limit = levels.connections_limit,
                 .pending_bytes = levels.pending,
                 .pending_bytes_limit = levels.pending_limit,
                 .inflate_bytes = levels.inflate_memory,
                 .tick_lag_s = std::chrono::duration<double>(levels.tick_lag).count(),
                 .accept_pauses = totals.accept_pauses,
                 .analyses_shed = totals.shed_analyses,
                 .other_protocols = totals.other_protocols};
  for (net::LearntOfUpstream& own : relay_.learnt()) {
    facts.learnt.push_back({.listener = std::move(own.listener),
                            .upstream = std::move(own.upstream),
                            .idle_s = own.learnt.idle,
                            .lifetime_s = own.learnt.lifetime,
                            .size_limits = own.learnt.size_limits});
  }
  facts.log_dropped_lines = log_.dropped_lines();
  if (sinks_ != nullptr) facts.sinks = sinks_->counts();
  if (recordings_ != nullptr) facts.recorder = recordings_->counts();
  if (admin_ != nullptr) facts.feed = admin_->feed();
  facts.process = output::own_process();
  const std::lock_guard lock(mutex_);
  facts.relay.is_draining = is_draining_;
  facts.is_last_reload_good = is_last_reload_good_;
  facts.configured_at = configured_at_;
  facts.certificates = certificates_;
  return facts;
}

}  // namespace lastframe::cli
