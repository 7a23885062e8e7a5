// The whole configuration as values, and reading it from YAML with every mistake at once.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/session/privacy.h"
#include "net/options.h"
#include "output/log_options.h"

namespace lastframe::settings {

struct Settings {
  net::RelayOptions relay;
  output::LogOptions log;
  session::PrivacyOptions privacy;

  bool operator==(const Settings&) const = default;
};

// Every mistake of `text`, in the order of its lines, each as "FILE:LINE: KEY: what; what would be
// right"; `file` is only the name used in them.
std::expected<Settings, std::vector<Error>> read_settings(std::string_view text,
                                                          const std::string& file);

// The same for a file on disk; one that cannot be read is a mistake as well.
std::expected<Settings, std::vector<Error>> load_settings(const std::string& path);

}  // namespace lastframe::settings
