// What the metrics say of the running program, collected from where it lives.
#pragma once

#include <mutex>
#include <vector>

#include "cli/admin_port.h"
#include "cli/recordings.h"
#include "net/options.h"
#include "net/relay.h"
#include "output/log_writer.h"
#include "output/process_facts.h"
#include "sinks/http_sink.h"

namespace lastframe::cli {

// Each from any thread.
class ProgramFacts {
 public:
  // All outlive this. `sinks`, `recordings` and `admin` may be null. `options`: what the relay runs
  // with; certificates are read from it.
  ProgramFacts(net::Relay& relay, const output::LogWriter& log, const sinks::HttpSinks* sinks,
               const Recordings* recordings, const AdminPort* admin,
               const net::RelayOptions& options);

  void note_reload(const net::RelayOptions& options);
  void note_failed_reload();
  void note_drain();

  output::ProcessFacts now();

 private:
  net::Relay& relay_;
  const output::LogWriter& log_;
  const sinks::HttpSinks* sinks_;
  const Recordings* recordings_;
  const AdminPort* admin_;
  std::mutex mutex_;
  std::vector<output::CertificateExpiry> certificates_;
  double configured_at_;  // unix seconds
  bool is_last_reload_good_ = true;
  bool is_draining_ = false;
};

// Of every certificate that a listener's settings name, as it stands in its file; those that
// cannot be read are left out.
std::vector<output::CertificateExpiry> certificate_expiries(const net::RelayOptions& options);

}  // namespace lastframe::cli
