// `capture`: what is kept of connections, and where it is written.
#pragma once

#include <cstdint>
#include <string>

#include "capture/flight_options.h"
#include "capture/flight_recorder.h"

namespace lastframe::sinks {

struct CaptureFolderOptions {
  std::string folder;  // "": nothing is written
  bool writes_recording = true;
  bool writes_pcapng = false;
  bool writes_har = false;
  std::uint64_t file_size = 64 * 1024 * 1024;  // bytes; then the next file begins
  std::uint64_t keep = 1024ULL * 1024 * 1024;  // bytes of all files; the oldest go first

  bool operator==(const CaptureFolderOptions&) const = default;
};

struct CaptureOptions {
  bool is_on = true;
  std::string version;  // of this program, for files
  std::string tap;      // this place's name, in records and recordings; "": none
  capture::FlightOptions flight;
  capture::WorthOptions worth;
  CaptureFolderOptions files;

  bool operator==(const CaptureOptions&) const = default;
};

}  // namespace lastframe::sinks
