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

}  // namespace

std::expected<std::shared_ptr<KeyLog>, Error> KeyLog::open(const std::string& path) {
  // Not O_TRUNC: programs share such a file. O_NONBLOCK: a pipe must not stop us.
  const int file =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
             S_IRUSR | S_IWUSR);
  if (file < 0) return cannot_open(path, errno);
  auto log = std::make_shared<KeyLogFile>(file);
  struct stat facts{};
  if (fstat(file, &facts) != 0) return cannot_open(path, errno);
  if (!S_ISREG(facts.st_mode)) {
    return refused(path, "is not a file", "name one that can be appended to");
  }
  if ((facts.st_mode & 077U) != 0) {
    return refused(path,
                   fmt::format("may be read by others: its mode is {:04o}", facts.st_mode & 07777U),
                   "`chmod 600 FILE`: with it their traffic can be read");
  }
  return log;
}

}  // namespace lastframe::ssl
