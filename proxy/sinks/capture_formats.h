// Recordings of connections in the formats that were asked for, each in files of its own.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "sinks/capture_options.h"

namespace lastframe::sinks {

// Files of one format.
class CaptureFormat {
 public:
  virtual ~CaptureFormat() = default;
  // Whole blocks (capture/recording_format.h), in the order in which they were made.
  virtual std::expected<void, Error> write(std::string_view blocks) = 0;
  // Nothing more comes.
  virtual std::expected<void, Error> finish() = 0;
};

class CaptureFormats {
 public:
  CaptureFormats(const CaptureOptions& options, std::string program);
  ~CaptureFormats();

  // To all of them; the first thing that went wrong.
  std::expected<void, Error> write(std::string_view blocks);
  std::expected<void, Error> finish();

 private:
  std::vector<std::unique_ptr<CaptureFormat>> formats_;
};

}  // namespace lastframe::sinks
