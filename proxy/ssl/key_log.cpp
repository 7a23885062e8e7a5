#include "ssl/key_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/words.h"

namespace lastframe::ssl {
namespace {

class KeyLogFile final : public KeyLog {
 public:
  explicit KeyLogFile(int file) : file_(file) {}
  KeyLogFile(const KeyLogFile&) = delete;
  KeyLogFile& operator=(const KeyLogFile&) = delete;
  ~KeyLogFile() override { close(file_); }

  // One write() for each line: O_APPEND keeps those of several threads apart.
  void add(std::string_view line) override {
    std::string whole(line);
    whole += '\n';
    const ssize_t written = write(file_, whole.data(), whole.size());
    if (written != static_cast<ssize_t>(whole.size())) ++lost_;
  }

  std::uint64_t lost() const override { return lost_; }

 private:
  int file_;
  std::atomic<std::uint64_t> lost_ = 0;
};

std::unexpected<Error> cannot_open(const std::string& path, int error) {
  return std::unexpected(Error{"",
                               fmt::format("the key log {} cannot be written: {}", in_quotes(path),
                                           std::generic_category().message(error)),
                               "check the path and who may write there"});
}

std::unexpected<Error> refused(const std::string& path, std::string why, std::string remedy) {
  return std::unexpected(Error{
      "", fmt::format("the key log {} {}", in_quotes(path), std::move(why)), std::move(remedy)});
}

std::expected<void, Error> may_be_written(const std::string& path, mode_t mode) {
  if (!S_ISREG(mode)) return refused(path, "is not a file", "name one that can be appended to");
  if ((mode & 077U) == 0) return {};
  return refused(path, fmt::format("may be read by others: its mode is {:04o}", mode & 07777U),
                 "`chmod 600 FILE`: with it their traffic can be read");
}

}  // namespace

std::optional<Error> KeyLog::fault_of(const std::string& path) {
  struct stat facts{};
  if (lstat(path.c_str(), &facts) != 0) return std::nullopt;
  const auto good = may_be_written(path, facts.st_mode);
  return good ? std::nullopt : std::optional(good.error());
}

std::expected<std::shared_ptr<KeyLog>, Error> KeyLog::open(const std::string& path) {
  // Not O_TRUNC: programs share such a file. O_NONBLOCK: a pipe must not stop us.
  const int file =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
             S_IRUSR | S_IWUSR);
  if (file < 0) return cannot_open(path, errno);
  auto log = std::make_shared<KeyLogFile>(file);
  struct stat facts{};
  if (fstat(file, &facts) != 0) return cannot_open(path, errno);
  if (auto good = may_be_written(path, facts.st_mode); !good) {
    return std::unexpected(std::move(good.error()));
  }
  return log;
}

}  // namespace lastframe::ssl
