// A file that holds connections, read as far as it goes, and further when it has grown.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "capture/input_file.h"
#include "capture/input_sink.h"
#include "capture/reader.h"
#include "core/base/error.h"

namespace lastframe::diff {

class CaptureFile {
 public:
  // "-" is standard input. `sink` outlives the file, and so do `logs`, the secrets of TLS (null:
  // there are none but those within the file).
  static std::expected<CaptureFile, Error> open(const std::string& path, capture::InputSink& sink,
                                                capture::TlsKeyLogs* logs = nullptr);

  // Reads what is there now. Returns whether there was anything; an error where it cannot be read
  // or is no capture.
  std::expected<bool, Error> read_on();
  // Nothing more is expected: an error where not even the kind of file could be told.
  std::expected<void, Error> finish();

 private:
  CaptureFile(capture::InputFile file, capture::InputSink& sink, capture::TlsKeyLogs* logs);
  std::expected<void, Error> take(ByteView bytes);
  std::expected<void, Error> choose_reader(bool is_end);

  capture::InputFile file_;
  capture::InputSink& sink_;
  capture::TlsKeyLogs* logs_;
  std::unique_ptr<capture::Reader> reader_;
  std::vector<std::byte> beginning_;  // until the kind is known
};

}  // namespace lastframe::diff
