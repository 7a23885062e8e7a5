#include "cli/proxy_settings.h"

#include <utility>
#include <variant>

#include "admin/server.h"
#include "settings/admin.h"
#include "settings/catalogue_file.h"

namespace lastframe::cli {
namespace {

std::expected<settings::Settings, std::vector<Error>> settings_of(const DirectListener& direct) {
  auto catalogue = settings::load_catalogue({});
  if (!catalogue) return std::unexpected(std::move(catalogue.error()));
  net::ListenerOptions listener;
  listener.name = "default";
  listener.listen = direct.listen;
  listener.upstreams = {direct.upstream};
  settings::Settings settings;
  settings.relay.listeners.push_back(std::move(listener));
  settings.relay.catalogue = *std::move(catalogue);
  return settings;
}

}  // namespace

std::expected<settings::Settings, std::vector<Error>> settings_for(const ProxyCommand& command) {
  const auto* const file = std::get_if<ConfigFile>(&command.source);
  auto settings = file != nullptr ? settings::load_settings(file->path)
                                  : settings_of(std::get<DirectListener>(command.source));
  if (!settings) return settings;
  apply(command.log, settings->log);
  if (command.workers) settings->relay.workers = *command.workers;
  if (auto fault = apply(command.admin, settings->admin)) {
    return std::unexpected(std::vector{*std::move(fault)});
  }
  if (command.capture) {
    settings->capture.is_on = true;
    settings->capture.files.folder = *command.capture;
  }
  if (settings->admin.listen) {
    settings->relay.limits.reserved_descriptors = admin::kMostDescriptors;
  }
  return settings;
}

std::optional<Error> apply(const std::optional<AdminOverride>& flag, admin::Options& options) {
  if (!flag) return std::nullopt;
  options.listen = flag->listen;
  auto fault = settings::admin_address_fault(options);
  if (fault) fault->where = "--admin " + net::to_text(*flag->listen);
  return fault;
}

void apply(const LogOverrides& overrides, output::LogOptions& options) {
  if (overrides.file) options.file = *overrides.file;
  if (overrides.level) options.level = *overrides.level;
  if (overrides.format) options.format = *overrides.format;
}

}  // namespace lastframe::cli
