#include "cli/demo_command.h"

#include <fmt/core.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/admin_port.h"
#include "cli/program_facts.h"
#include "cli/proxy_settings.h"
#include "cli/recordings.h"
#include "cli/say.h"
#include "core/verdict/diagnosing_observer.h"
#include "net/reactor.h"
#include "net/relay.h"
#include "output/log_writer.h"
#include "output/metrics.h"
#include "settings/catalogue_file.h"
#include "tools/arrived_records.h"
#include "tools/close_summary.h"
#include "tools/demo_scenario.h"
#include "tools/demo_service.h"
#include "tools/demo_traffic.h"

namespace lastframe::cli {
namespace {

// So that a reader can follow the lines on a terminal.
constexpr std::chrono::milliseconds kReadingPause{105};

int refuse(const std::vector<Error>& errors) {
  for (const Error& error : errors) say("lastframe: " + to_text(error));
  return kExitBadUsage;
}

// SIGINT and SIGTERM end the demo between two scenarios. Blocked before the first thread starts;
// given back at the end.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whether one came within `pause`.
  bool came_within(std::chrono::milliseconds pause) const {
    const timespec time{.tv_sec = pause.count() / 1000,
                        .tv_nsec = pause.count() % 1000 * 1'000'000};
    return sigtimedwait(&signals_, nullptr, &time) > 0;
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

net::ListenerOptions listener(std::string name, const net::Address& upstream) {
  net::ListenerOptions options;
  options.name = std::move(name);
  options.listen = net::TcpAddress{"127.0.0.1", 0};
  options.upstreams = {{.address = upstream}};
  return options;
}

net::RelayOptions relay_options(const tools::DemoService& service,
                                std::shared_ptr<const catalogue::Catalogue> catalogue) {
  net::RelayOptions options;
  options.catalogue = std::move(catalogue);
  options.listeners = {listener("demo", service.address()),
                       listener("unreachable", service.refusing_address())};
  options.workers = 1;  // records in the order in which connections end
  return options;
}

void introduce(const tools::DemoService& service, const std::vector<net::ListeningAt>& doors) {
  say("lastframe demo: clients that call a service that misbehaves, and the proxy in between.");
  for (const net::ListeningAt& door : doors) {
    say(fmt::format("listening {} {}", door.name, door.address));
  }
  say(fmt::format("service   {}", net::to_text(service.address())));
  say("Each connection that ended is one line: when, close code, who ended it, how, where; then "
      "the");
  say("reason or the broken rule; then how long it lasted, messages up and down, and the client.");
  say("Below it, indented: why it ended, who has to act, and what to do.");
  say("");
}

// The usual address, if it is free: a demo is no reason to refuse a start. One that was asked for
// by name is.
std::expected<std::unique_ptr<AdminPort>, Error> open_admin(
    const std::optional<AdminOverride>& flag) {
  admin::Options options;
  options.listen = net::TcpAddress{"127.0.0.1", kDemoAdminPort};
  if (auto fault = apply(flag, options)) return std::unexpected(*std::move(fault));
  auto opened = AdminPort::open(options);
  if (opened || flag) return opened;
  say(to_text(opened.error()) + "; going on without");
  return AdminPort::open({});
}

struct Show {
  const std::vector<tools::Scenario>& scenarios;
  const tools::DemoDoors& doors;
  tools::ArrivedRecords& records;
  const StopSignals& signals;
  std::chrono::milliseconds pause;
};

// False: a record differs from what its scenario says.
bool play_rounds(const Show& show, std::optional<std::uint64_t> rounds) {
  bool is_as_expected = true;
  for (std::uint64_t round = 0; !rounds || round < *rounds; ++round) {
    for (const tools::Scenario& scenario : show.scenarios) {
      if (show.signals.came_within(show.pause)) return is_as_expected;
      const auto difference = tools::difference(scenario, show.doors, show.records);
      if (!difference) continue;
      say("lastframe: the demo did not go as it should: " + *difference);
      is_as_expected = false;
    }
  }
  return is_as_expected;
}

void print_summary(const tools::CloseSummary& summary, output::LogFormat format) {
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  const bool is_json =
      format == output::LogFormat::json || (format == output::LogFormat::automatic && !is_terminal);
  const std::string text =
      is_json ? summary.json() + "\n" : "\n" + summary.table(output::colour_for(is_terminal));
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int run_demo(const DemoCommand& command) {
  const StopSignals signals;
  output::LogOptions options;
  apply(command.log, options);
  const auto catalogue = settings::load_catalogue({});
  if (!catalogue) return refuse(catalogue.error());
  const std::vector<tools::Scenario> scenarios = tools::demo_scenarios();
  const auto service = tools::DemoService::start(scenarios);
  if (!service) return refuse({service.error()});
  auto file = output::LogFile::open(options.file);
  if (!file) return refuse({file.error()});
  const auto admin = open_admin(command.admin);
  if (!admin) return refuse({admin.error()});
  const auto pause = file->is_terminal() ? kReadingPause : std::chrono::milliseconds(0);

  net::quiet_libwebsockets();
  tools::ArrivedRecords records;
  tools::CloseSummary summary;
  bool is_as_expected = true;
  {
    output::LogWriter log(
        std::move(*file), options,
        [&](const session::SessionReport& report) {
          summary.add(report);
          records.add(report);
        },
        (*admin)->taps());
    output::Metrics metrics({});
    const auto recordings = Recordings::start({}, (*admin)->is_on());
    if (!recordings) return refuse({recordings.error()});
    const auto relay =
        net::Relay::start(relay_options(**service, *catalogue), {},
                          output::interest_of(options, (*admin)->is_on()), [&](unsigned) {
                            return std::make_unique<verdict::DiagnosingObserver>(
                                recordings->observe(metrics.make_observer(log.make_observer())));
                          });
    if (!relay) return refuse(relay.error());
    ProgramFacts facts(**relay, log, nullptr, &*recordings, admin->get(), {});
    metrics.set_facts([&facts] { return facts.now(); });
    const std::vector<net::ListeningAt> listening = (*relay)->listening();
    const auto demo = tools::door_at(listening.front().address);
    const auto unreachable = tools::door_at(listening.back().address);
    if (!demo || !unreachable) return refuse({Error{"demo", "the proxy has no address", ""}});
    introduce(**service, listening);
    const auto served = (*admin)->serve(
        **relay,
        {.metrics = [&metrics] { return metrics.exposition(); }, .recorder = recordings->facts()});
    if (!served) return refuse({served.error()});
    is_as_expected =
        play_rounds({scenarios, {*demo, *unreachable}, records, signals, pause}, command.rounds);
    (*admin)->close();
    metrics.set_facts({});
  }
  print_summary(summary, options.format);
  return is_as_expected ? kExitDone : kExitFoundSomething;
}

}  // namespace lastframe::cli
