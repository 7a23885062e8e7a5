// `capture` and `tap`: what is kept of connections, and how this place is called.
#pragma once

#include <filesystem>

#include "settings/value.h"
#include "sinks/capture_options.h"

namespace lastframe::settings {

// What is wrong is among the mistakes of the value. Paths begin at `folder`.
void read_capture(const Value& value, const std::filesystem::path& folder,
                  sinks::CaptureOptions& options);
void read_tap(const Value& value, const std::filesystem::path& folder,
              sinks::CaptureOptions& options);

// What the two must agree on; `place` is where a mistake is told.
void check_capture(const Value& place, sinks::CaptureOptions& options);

}  // namespace lastframe::settings
