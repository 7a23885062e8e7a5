#include "output/log_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lastframe::output {
namespace {

std::expected<int, Error> open_path(const std::string& path) {
  if (path == "-") return STDOUT_FILENO;
  // O_NONBLOCK: a named pipe without a reader is an error then, and does not hold us up (fifo(7)).
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int fd = ::open(path.c_str(), kFlags, 0640);
  if (fd >= 0) return fd;
  return std::unexpected(Error{"log file " + path, std::strerror(errno),
                               "name a file in a folder that this user may write to"});
}

bool is_regular_file(int fd) {
  struct stat file{};
  return fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

}  // namespace

std::expected<LogFile, Error> LogFile::open(const std::string& path) {
  const auto fd = open_path(path);
  if (!fd) return std::unexpected(fd.error());
  return LogFile(path, *fd);
}

LogFile::LogFile(std::string path, int fd)
    : path_(std::move(path)), fd_(fd), is_regular_(is_regular_file(fd)) {}

LogFile::LogFile(LogFile&& from) noexcept
    : path_(std::move(from.path_)),
      fd_(std::exchange(from.fd_, -1)),
      waiting_(std::move(from.waiting_)),
      written_(from.written_),
      dropped_lines_(from.dropped_lines_),
      is_regular_(from.is_regular_),
      is_mid_line_(from.is_mid_line_) {}

LogFile::~LogFile() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

void LogFile::add(std::string_view lines) {
  const std::size_t room = kMostWaiting - (waiting_.size() - written_);
  std::string_view kept = lines;
  if (lines.size() > room) {
    kept = lines.substr(0, room);
    kept = kept.substr(0, kept.rfind('\n') + 1);
    dropped_lines_ +=
        static_cast<std::uint64_t>(std::ranges::count(lines.substr(kept.size()), '\n'));
  }
  waiting_ += kept;
}

// A pipe that poll() calls writable takes at least PIPE_BUF bytes without blocking (pipe(7)), so
// that standard output, which other processes share, needs no O_NONBLOCK.
bool LogFile::flush(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const std::size_t most = is_regular_ ? std::size_t{1} << 20 : std::size_t{PIPE_BUF};
  while (written_ < waiting_.size()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd target{.fd = fd_, .events = POLLOUT, .revents = 0};
    const int timeout = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    if (!is_regular_ && poll(&target, 1, timeout) != 1) break;
    const std::size_t size = std::min(most, waiting_.size() - written_);
    const ssize_t written = ::write(fd_, waiting_.data() + written_, size);
    if (written > 0) {
      written_ += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      break;  // a full disk or a broken pipe: tried again at the next flush
    }
  }
  const bool has_written = written_ > 0;
  if (has_written) is_mid_line_ = waiting_[written_ - 1] != '\n';
  waiting_.erase(0, written_);
  written_ = 0;
  return has_written;
}

std::expected<void, Error> LogFile::reopen() {
  if (path_ == "-") return {};
  const auto fd = open_path(path_);
  if (!fd) return std::unexpected(fd.error());
  ::close(std::exchange(fd_, *fd));
  is_regular_ = is_regular_file(fd_);
  if (std::exchange(is_mid_line_, false)) {
    // The rest of a line whose beginning stands in the old file is of no use in the new one.
    waiting_.erase(0, waiting_.find('\n') + 1);
    ++dropped_lines_;
  }
  return {};
}

std::uint64_t LogFile::waiting_lines() const {
  return static_cast<std::uint64_t>(std::ranges::count(waiting_, '\n'));
}

bool LogFile::is_terminal() const { return isatty(fd_) == 1; }

}  // namespace lastframe::output
