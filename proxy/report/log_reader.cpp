#include "report/log_reader.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "core/base/words.h"

namespace lastframe::report {
namespace {

std::string shown_name(const std::string& path) {
  return path == "-" ? "standard input" : printable(path, 300);
}

std::unexpected<Error> unreadable(std::string_view name, int code) {
  const char* const remedy = code == EISDIR   ? "name the files in it"
                             : code == ENOENT ? "look at the spelling of its name"
                             : code == EACCES ? "read it as a user who may"
                                              : "";
  return std::unexpected(Error{
      std::string(name), fmt::format("this log cannot be read: {}", std::strerror(code)), remedy});
}

}  // namespace

std::expected<void, Error> LogReader::read(const std::string& path) {
  const std::string name = shown_name(path);
  const int descriptor =
      path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return unreadable(name, errno);
  auto result = read_open(descriptor, name);
  if (path != "-") ::close(descriptor);
  if (result) inputs_.files.push_back(path);
  return result;
}

std::expected<void, Error> LogReader::read_open(int descriptor, const std::string& name) {
  LineBuffer buffer;
  while (true) {
    const std::span<char> space = buffer.space();
    const ssize_t size = ::read(descriptor, space.data(), space.size());
    if (size < 0 && errno == EINTR) continue;
    const int code = size < 0 ? errno : 0;
    if (size <= 0) buffer.finish();
    if (size > 0) {
      buffer.filled(static_cast<std::size_t>(size));
      inputs_.bytes += static_cast<std::uint64_t>(size);
    }
    while (const auto line = buffer.next()) take(*line, name);
    if (size > 0) continue;
    tally_.end_source();
    if (code != 0) return unreadable(name, code);
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
