// The flight recorder in the program, and the folder that it writes to.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "admin/recordings.h"
#include "capture/flight_recorder.h"
#include "core/base/error.h"
#include "output/process_facts.h"
#include "output/record_tap.h"
#include "sinks/capture_folder.h"

namespace lastframe::cli {

class Recordings {
 public:
  // Nobody keeps what nobody can ask for: without a folder, only for the admin port.
  static std::expected<Recordings, Error> start(sinks::CaptureOptions options, bool has_admin_port);

  // To be given what the log is given.
  std::vector<output::RecordTap*> taps() const;
  // For one worker; outlived by this.
  std::unique_ptr<session::Observer> observe(std::unique_ptr<session::Observer> next) const;

  // Nothing where nothing is recorded; from any thread.
  std::optional<admin::RecorderFacts> facts() const;
  std::optional<output::RecorderCounts> counts() const;

  // Writes what has come. Nothing may come any more.
  void finish() const;

 private:
  sinks::CaptureOptions options_;
  std::unique_ptr<sinks::CaptureFolder> folder_;
  std::unique_ptr<capture::FlightRecorder> recorder_;
};

}  // namespace lastframe::cli
