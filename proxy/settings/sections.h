// The parts of a configuration that are not listeners.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/session/privacy.h"
#include "net/options.h"
#include "output/log_options.h"
#include "output/metrics.h"
#include "settings/value.h"
#include "sinks/options.h"

namespace lastframe::settings {

inline constexpr Range<std::uint64_t> kWorkers{1, 1024};

// Each overwrites what the file names and leaves the rest; what cannot be read is among the
// mistakes of the value.
void read_workers(const Value& value, unsigned& workers);
void read_drain_timeout(const Value& value, net::RelayOptions& options);
void read_limits(const Value& value, net::Limits& limits);
void read_dns(const Value& value, net::RelayOptions& options);
void read_analysis(const Value& value, net::RelayOptions& options);
// Paths of sinks begin at `folder`.
void read_log(const Value& value, const std::filesystem::path& folder, output::LogOptions& options,
              std::vector<sinks::SinkOptions>& sinks);
void read_metrics(const Value& value, output::MetricsOptions& options);
void read_privacy(const Value& value, session::PrivacyOptions& options);
// Paths begin at `folder`.
void read_tls_key_log(const Value& value, const std::filesystem::path& folder,
                      net::RelayOptions& options);
// Paths begin at `folder`; a file that cannot be read is a mistake and is left out.
void read_catalogue_files(const Value& value, const std::filesystem::path& folder,
                          std::vector<std::string>& files);

}  // namespace lastframe::settings
