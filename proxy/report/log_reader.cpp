#include "report/log_reader.h"

#include <fmt/core.h>

#include <span>

namespace lastframe::report {
namespace {

constexpr std::string_view kWhat = "log";

}  // namespace

std::expected<void, Error> LogReader::read(const std::string& path) {
  auto file = capture::InputFile::open(path, kWhat);
  if (!file) return std::unexpected(std::move(file.error()));
  auto result = read_all(*file);
  if (result) inputs_.files.push_back(path);
  return result;
}

std::expected<void, Error> LogReader::read_open(int descriptor, const std::string& name) {
  capture::InputFile file(descriptor, name, kWhat);
  return read_all(file);
}

std::expected<void, Error> LogReader::read_all(capture::InputFile& file) {
  LineBuffer buffer;
  while (true) {
    const auto size = file.read(std::as_writable_bytes(buffer.space()));
    const bool is_over = !size || *size == 0;
    if (is_over) {
      buffer.finish();
    } else {
      buffer.filled(*size);
      inputs_.bytes += *size;
    }
    while (const auto line = buffer.next()) take(*line, file.name());
    if (!is_over) continue;
    tally_.end_source();
    if (!size) return std::unexpected(size.error());
    return {};
  }
}

void LogReader::take(const LineBuffer::Line& line, std::string_view name) {
  if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) return;
  ++inputs_.lines;
  const Record* const record = line.is_too_long ? nullptr : parser_.parse(line.text);
  if (record != nullptr) return tally_.add(*record);
  // A log that is being written ends within a line.
  if (!line.has_end) {
    ++inputs_.cut;
    return;
  }
  if (++inputs_.damaged > kMostTold) return;
  const std::string_view what = line.is_too_long ? "this line is too long for a record"
                                                 : "this line is no record of a session log";
  tell_({fmt::format("{}:{}", name, line.number), std::string(what),
         inputs_.damaged == kMostTold ? "further ones are only counted" : ""});
}

}  // namespace lastframe::report
