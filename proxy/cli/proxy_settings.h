// From a command line to settings: at the start and again at each reload.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "admin/options.h"
#include "cli/arguments.h"
#include "core/base/error.h"
#include "output/log_options.h"
#include "settings/settings.h"

namespace lastframe::cli {

// Reads the file, if there is one, and the catalogue, and lets the flags override the file; else
// all their mistakes.
std::expected<settings::Settings, std::vector<Error>> settings_for(const ProxyCommand& command);

// What is wrong with the address that the flag names.
std::optional<Error> apply(const std::optional<AdminOverride>& flag, admin::Options& options);
void apply(const LogOverrides& overrides, output::LogOptions& options);

}  // namespace lastframe::cli
