#include "cli/proxy_command.h"

#include <fmt/core.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/admin_port.h"
#include "cli/life_signs.h"
#include "cli/program_facts.h"
#include "cli/proxy_settings.h"
#include "cli/recordings.h"
#include "cli/say.h"
#include "cli/supervisor.h"
#include "cli/version.h"
#include "core/verdict/diagnosing_observer.h"
#include "net/clock.h"
#include "net/reactor.h"
#include "net/relay.h"
#include "output/log_writer.h"
#include "output/metrics.h"
#include "sinks/http_sink.h"

namespace lastframe::cli {
namespace {

// How often we look whether a drain is over.
constexpr std::chrono::milliseconds kDrainPause{20};

// Beyond drain_timeout, to write the last records.
constexpr std::chrono::seconds kStopMargin{10};

// The signals that this program answers. Blocked before the first thread starts, so that only
// the main thread takes them, one after the other.
sigset_t answered_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  return set;
}

// What runs until the end.
struct Parts {
  net::Relay& relay;
  output::LogWriter& log;
  AdminPort& admin;
  ProgramFacts& facts;
  const Supervisor& supervisor;
  LifeSigns& life_signs;
};

class ProxyRun {
 public:
  ProxyRun(const ProxyCommand& command, settings::Settings settings, const Parts& parts,
           const sigset_t& signals)
      : command_(command),
        settings_(std::move(settings)),
        relay_(parts.relay),
        log_(parts.log),
        admin_(parts.admin),
        facts_(parts.facts),
        supervisor_(parts.supervisor),
        life_signs_(parts.life_signs),
        signals_(signals) {}

  void until_over() {
    supervisor_.say_ready(status());
    while (true) {
      const int number = next_signal();
      if (number == SIGHUP && !is_draining_) reload();
      if (number == SIGUSR1) log_.reopen();
      if (number == SIGTERM || number == SIGINT) stop();
      if (is_draining_ && relay_.is_over()) return;
      life_signs_.look(net::now(), [this] { return status(); });
      if (!has_said_opaque_ && relay_.totals().other_protocols > 0) say_opaque();
    }
  }

 private:
  // 0: none came, and it is time to look around: whether the drain is over, or something is to be
  // said.
  int next_signal() {
    const std::chrono::nanoseconds pause = is_draining_ ? kDrainPause : life_signs_.pause();
    const auto whole = std::chrono::floor<std::chrono::seconds>(pause);
    const timespec moment{.tv_sec = whole.count(), .tv_nsec = (pause - whole).count()};
    const int number = sigtimedwait(&signals_, nullptr, &moment);
    return number > 0 ? number : 0;
  }

  // Once: it is no fault, but whoever wonders where the records are should find out here.
  void say_opaque() {
    has_said_opaque_ = true;
    say("a client and its upstream agreed in TLS on a protocol other than HTTP/1.1, such as h2: "
        "such connections are relayed and counted, but not looked into; tls: {alpn: http1} keeps "
        "clients to HTTP/1.1");
  }

  // What `systemctl status` shows.
  std::string status() const {
    const net::RelayTotals totals = relay_.totals();
    if (is_draining_) return fmt::format("draining: {} open", totals.open);
    return fmt::format("relaying: {} open, {} since the start{}", totals.open, totals.accepted,
                       has_reload_failed_ ? "; the last reload failed" : "");
  }

  void stop() {
    if (std::exchange(is_draining_, true)) {
      say("stopping at once");
      return relay_.stop_now();
    }
    facts_.note_drain();
    const auto open = relay_.totals().open;
    say(fmt::format("draining: no new connections; {} open, at most {:.0f} s", open,
                    std::chrono::duration<double>(settings_.relay.drain_timeout).count()));
    admin_.note_draining();
    supervisor_.say_stopping(status(), settings_.relay.drain_timeout + kStopMargin);
    relay_.drain();
  }

  void reload() {
    supervisor_.say_reloading(net::now());
    has_reload_failed_ = !take_settings();
    supervisor_.say_ready(status());
  }

  // A broken new file leaves everything as it was. False: it is broken, which has been said.
  bool take_settings() {
    auto fresh = settings_for(command_);
    if (!fresh) return refuse_reload(fresh.error());
    const auto opened = relay_.reload(fresh->relay, fresh->privacy);
    if (!opened) return refuse_reload(opened.error());
    for (const net::ListeningAt& at : *opened)
      say(fmt::format("listening {} {}", at.name, at.address));
    if (fresh->log != settings_.log || fresh->sinks != settings_.sinks)
      say("reload: log settings change only with a restart");
    if (fresh->capture != settings_.capture) {
      say("reload: capture and tap settings change only with a restart");
    }
    if (fresh->relay.workers != settings_.relay.workers) {
      say("reload: the number of workers changes only with a restart");
    }
    if (fresh->metrics != settings_.metrics) {
      say("reload: metrics settings change only with a restart");
    }
    admin_.reload(fresh->admin);
    settings_ = std::move(*fresh);
    facts_.note_reload(settings_.relay);
    say("reloaded");
    return true;
  }

  bool refuse_reload(const std::vector<Error>& errors) {
    facts_.note_failed_reload();
    say(errors);
    say("reload failed: the old configuration stays in use");
    return false;
  }

  const ProxyCommand& command_;
  settings::Settings settings_;
  net::Relay& relay_;
  output::LogWriter& log_;
  AdminPort& admin_;
  ProgramFacts& facts_;
  const Supervisor& supervisor_;
  LifeSigns& life_signs_;
  const sigset_t& signals_;
  bool is_draining_ = false;
  bool has_reload_failed_ = false;
  bool has_said_opaque_ = false;
};

void say_totals(const net::RelayTotals& totals, std::uint64_t dropped_lines) {
  std::string line = fmt::format("stopped: {} connections", totals.accepted);
  if (totals.connect_failures > 0) {
    line += fmt::format(", {} could not reach the upstream", totals.connect_failures);
  }
  if (totals.tls_failures > 0) {
    line += fmt::format(", {} TLS handshakes failed", totals.tls_failures);
  }
  if (totals.refused_arrivals > 0) {
    line += fmt::format(", {} turned away before they were relayed", totals.refused_arrivals);
  }
  if (totals.other_protocols > 0) {
    line += fmt::format(", {} in other protocols than HTTP/1.1", totals.other_protocols);
  }
  if (totals.shed_analyses > 0) line += fmt::format(", {} analyses shed", totals.shed_analyses);
  if (totals.accept_pauses > 0) {
    line += fmt::format(", {} pauses for want of descriptors", totals.accept_pauses);
  }
  if (dropped_lines > 0) line += fmt::format(", {} log lines dropped", dropped_lines);
  say(line);
}

}  // namespace

int run_proxy(const ProxyCommand& command) {
  const sigset_t signals = answered_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto settings = settings_for(command);
  if (!settings) {
    say(settings.error());
    return kExitBadUsage;
  }
  auto file = output::LogFile::open(settings->log.file);
  if (!file) {
    say(std::vector{file.error()});
    return kExitBadUsage;
  }
  const auto admin = AdminPort::open(settings->admin);
  if (!admin) {
    say(std::vector{admin.error()});
    return kExitBadUsage;
  }
  auto supervisor = Supervisor::of_environment();
  if (!supervisor) {
    say(to_text(supervisor.error()));
    supervisor = Supervisor();
  }
  net::quiet_libwebsockets();
  auto sinks = sinks::HttpSinks::start(settings->sinks, [](const std::string& line) { say(line); });
  if (!sinks) {
    say(sinks.error());
    return kExitBadUsage;
  }
  output::Metrics metrics(settings->metrics);
  std::vector<output::RecordTap*> taps = sinks->taps();
  const auto recordings = Recordings::start(settings->capture, (*admin)->is_on());
  if (!recordings) {
    say(std::vector{recordings.error()});
    return kExitBadUsage;
  }
  std::ranges::copy(recordings->taps(), std::back_inserter(taps));
  std::ranges::copy((*admin)->taps(), std::back_inserter(taps));
  output::LogWriter log(std::move(*file), settings->log, {}, taps);
  net::RelayTotals totals{};
  {
    auto relay =
        net::Relay::start(settings->relay, settings->privacy,
                          output::interest_of(settings->log, !taps.empty()), [&](unsigned) {
                            return std::make_unique<verdict::DiagnosingObserver>(
                                recordings->observe(metrics.make_observer(log.make_observer())));
                          });
    if (!relay) {
      say(relay.error());
      return kExitBadUsage;
    }
    for (const net::ListeningAt& at : (*relay)->listening()) {
      say(fmt::format("listening {} {}", at.name, at.address));
    }
    ProgramFacts facts(**relay, log, &*sinks, &*recordings, admin->get(), settings->relay);
    metrics.set_facts([&facts] { return facts.now(); });
    LifeSigns life_signs(*supervisor,
                         {.ask = [&relay] { (*relay)->ask_workers(); },
                          .have_answered = [&relay] { return !(*relay)->silent_since(); }});
    const auto served = (*admin)->serve(
        **relay,
        {.metrics = [&metrics] { return metrics.exposition(); }, .recorder = recordings->facts()});
    if (!served) {
      say(std::vector{served.error()});
      return kExitBadUsage;
    }
    if (!settings->relay.tls_key_log.empty()) {
      say("tls_key_log: whoever reads " + settings->relay.tls_key_log +
          " can decrypt what was relayed");
    }
    const Parts parts{.relay = **relay,
                      .log = log,
                      .admin = **admin,
                      .facts = facts,
                      .supervisor = *supervisor,
                      .life_signs = life_signs};
    ProxyRun(command, std::move(*settings), parts, signals).until_over();
    (*admin)->close();
    totals = (*relay)->totals();
    metrics.set_facts({});
  }
  log.finish();
  sinks->finish();
  recordings->finish();
  say_totals(totals, log.dropped_lines());
  return kExitDone;
}

}  // namespace lastframe::cli
