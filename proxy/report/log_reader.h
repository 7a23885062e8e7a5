// Reads logs, file by file and line by line, into one tally.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "capture/input_file.h"
#include "core/base/error.h"
#include "report/line_buffer.h"
#include "report/record_parser.h"
#include "report/summary.h"
#include "report/tally.h"

namespace lastframe::report {

class LogReader {
 public:
  static constexpr std::uint64_t kMostTold = 5;  // lines that are no records, over all files

  // `tell`: is told of lines that are no records.
  explicit LogReader(std::function<void(const Error&)> tell) : tell_(std::move(tell)) {}

  // "-" is standard input. A file that cannot be read to its end is an error; what was read of it
  // counts.
  std::expected<void, Error> read(const std::string& path);
  // The same of an open file.
  std::expected<void, Error> read_open(int descriptor, const std::string& name);

  const Inputs& inputs() const { return inputs_; }
  const Tally& tally() const { return tally_; }

 private:
  std::expected<void, Error> read_all(capture::InputFile& file);
  void take(const LineBuffer::Line& line, std::string_view name);

  std::function<void(const Error&)> tell_;
  RecordParser parser_;
  Inputs inputs_;
  Tally tally_;
};

}  // namespace lastframe::report
