#include "cli/probe_command.h"

#include <memory>
#include <ostream>
#include <utility>

#include "cli/arguments.h"
#include "cli/say.h"
#include "probe/battery.h"
#include "probe/visit.h"
#include "probe/visit_page.h"
#include "ssl/client_side.h"

namespace lastframe::cli {
namespace {

std::expected<probe::DialOptions, std::vector<Error>> dial_options(const ProbeCommand& command) {
  probe::DialOptions options;
  options.timeout = command.timeout;
  options.connect = command.connect;
  if (!command.target.is_tls) return options;
  ssl::ClientOptions tls;
  tls.is_verified = command.is_verified;
  tls.ca = command.ca;
  tls.origin = {"--ca"};
  auto loaded = ssl::ClientSide::load(tls, nullptr);
  if (!loaded) return std::unexpected(loaded.error());
  options.tls = *std::move(loaded);
  return options;
}

int run_visit(const ProbeCommand& command, probe::DialOptions dial,
              const Surroundings& surroundings, std::ostream& out, std::ostream& err) {
  const Knowledge loaded = surroundings.knowledge({});
  if (!loaded) return refuse(loaded.error(), err);
  const probe::Visit visit = probe::visit(command.target, {.dial = std::move(dial),
                                                           .subprotocols = command.subprotocols,
                                                           .origin = command.origin,
                                                           .fields = command.fields,
                                                           .message = command.message,
                                                           .catalogue = *loaded});
  out << (command.format == PathFormat::json ? probe::json_text(visit) + "\n"
                                             : probe::text_page(visit, surroundings.colour))
      << std::flush;
  return probe::has_fault(visit) ? kExitFoundSomething : kExitDone;
}

int run_battery(const ProbeCommand& command, probe::DialOptions dial,
                const Surroundings& surroundings, std::ostream& out) {
  const probe::PathReport report = probe::test_path({.target = command.target,
                                                     .dial = std::move(dial),
                                                     .origin = command.origin,
                                                     .fields = command.fields,
                                                     .max_size = command.battery->max_size,
                                                     .longest = command.battery->longest});
  out << (command.format == PathFormat::json ? probe::json_text(report) + "\n"
                                             : probe::text_page(report, surroundings.colour))
      << std::flush;
  return probe::has_difference(report) ? kExitFoundSomething : kExitDone;
}

}  // namespace

int run_probe(const ProbeCommand& command, const Surroundings& surroundings, std::ostream& out,
              std::ostream& err) {
  auto dial = dial_options(command);
  if (!dial) return refuse(dial.error(), err);
  if (command.battery) return run_battery(command, *std::move(dial), surroundings, out);
  return run_visit(command, *std::move(dial), surroundings, out, err);
}

}  // namespace lastframe::cli
