// Where log lines go: a file or standard output. Nothing that can go wrong there (a full disk, a
// broken or stalled pipe) loses more than lines, and each lost line is counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace lastframe::output {

class LogFile {
 public:
  // "-": standard output. A file is appended to, and made (0640) where it is not there.
  static std::expected<LogFile, Error> open(const std::string& path);
  LogFile(LogFile&& from) noexcept;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile();

  // Takes lines, each with its line end. What is over kMostWaiting is dropped, whole lines, the
  // newest first.
  void add(std::string_view lines);

  // Writes what is waiting, for at most `patience`. Never blocks longer than that. Whether anything
  // was taken.
  bool flush(std::chrono::milliseconds patience);

  // Opens the path anew: after a rotation. Where that fails the old file stays in use.
  std::expected<void, Error> reopen();

  bool is_terminal() const;
  bool is_waiting() const { return !waiting_.empty(); }
  std::uint64_t waiting_lines() const;
  std::uint64_t dropped_lines() const { return dropped_lines_; }

  static constexpr std::size_t kMostWaiting = 16 * 1024 * 1024;  // bytes

 private:
  LogFile(std::string path, int fd);

  std::string path_;
  int fd_;
  std::string waiting_;
  std::size_t written_ = 0;  // of waiting_, not cut off yet
  std::uint64_t dropped_lines_ = 0;
  bool is_regular_;
  bool is_mid_line_ = false;  // a line was written in part
};

}  // namespace lastframe::output
