#include "cli/proxy_settings.h"

#include <utility>
#include <variant>

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
  return settings;
}

void apply(const LogOverrides& overrides, output::LogOptions& options) {
  if (overrides.file) options.file = *overrides.file;
  if (overrides.level) options.level = *overrides.level;
  if (overrides.format) options.format = *overrides.format;
}

}  // namespace lastframe::cli
