// The whole configuration as values, and reading it from YAML with every mistake at once.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/options.h"
#include "core/base/error.h"
#include "core/session/privacy.h"
#include "net/options.h"
#include "output/log_options.h"
#include "output/metrics.h"
#include "settings/embedded_catalogue.h"
#include "sinks/capture_options.h"
#include "sinks/options.h"

namespace lastframe::settings {

struct Settings {
  net::RelayOptions relay;
  output::LogOptions log;
  std::vector<sinks::SinkOptions> sinks;  // `log.http`
  session::PrivacyOptions privacy;
  sinks::CaptureOptions capture;
  admin::Options admin;
  output::MetricsOptions metrics;
  std::vector<std::string> catalogue_files;  // the user's own; later ones override earlier ones
  std::vector<std::string> notes;            // of certificates: no mistakes, but worth knowing

  bool operator==(const Settings&) const = default;
};

// Every mistake of `text`, in the order of its lines, each as "FILE:LINE: KEY: what; what would be
// right"; `file` is the name used in them, and paths of files begin at its folder. The
// catalogue and certificates are not read.
std::expected<Settings, std::vector<Error>> read_settings(std::string_view text,
                                                          const std::string& file);

// The same for a file on disk, with `relay.catalogue`: the built-in one and the user's files, and
// with certificates and keys tried. Their mistakes come behind those of the configuration itself. A
// file that cannot be read is a mistake as well.
std::expected<Settings, std::vector<Error>> load_settings(
    const std::string& path, std::span<const CatalogueText> built_in = embedded_catalogue());

}  // namespace lastframe::settings
