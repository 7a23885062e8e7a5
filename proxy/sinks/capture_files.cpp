#include "sinks/capture_files.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace lastframe::sinks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBeginning = "lastframe-";

Error error_of(const std::string& path, int number) {
  return {path, std::strerror(number),
          "captures need a folder that this user may write, with room"};
}

}  // namespace

CaptureFiles::CaptureFiles(std::string folder, std::string ending, std::uint64_t file_size,
                           std::uint64_t keep, std::function<std::string()> head)
    : folder_(std::move(folder)),
      ending_(std::move(ending)),
      file_size_(file_size),
      keep_(keep),
      head_(std::move(head)) {}

CaptureFiles::~CaptureFiles() {
  if (file_ >= 0) close(file_);
}

std::expected<void, Error> CaptureFiles::write(std::string_view bytes) {
  if (is_new_file_due()) {
    if (auto begun = begin_file(); !begun) return begun;
  }
  return append(bytes);
}

// Names sort as the files were made: also within a second, in which the oldest may be removed,
// whose name must not come again. A name that is taken is left alone.
std::expected<void, Error> CaptureFiles::begin_file() {
  if (file_ >= 0) close(std::exchange(file_, -1));
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  while (file_ < 0) {
    path_ = fmt::format("{}/{}{:%Y%m%dT%H%M%SZ}-{}-{:06}{}", folder_, kBeginning, now, getpid(),
                        number_++, ending_);
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0600);
    if (file_ < 0 && errno != EEXIST) return std::unexpected(error_of(path_, errno));
  }
  written_ = 0;
  remove_oldest();
  auto begun = append(head_());
  if (!begun && file_ >= 0) {  // no trail of empty files on a full disk
    close(std::exchange(file_, -1));
    unlink(path_.c_str());
  }
  return begun;
}

std::expected<void, Error> CaptureFiles::append(std::string_view bytes) {
  if (file_ < 0) return {};
  const std::uint64_t before = written_;
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const Error error = error_of(path_, errno);
      // Without the part of a block the file can be gone on with; else what follows needs another.
      if (ftruncate(file_, static_cast<off_t>(before)) != 0) close(std::exchange(file_, -1));
      written_ = before;
      return std::unexpected(error);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
  return {};
}

void CaptureFiles::remove_oldest() {
  std::map<std::string, std::uint64_t> files;
  std::uint64_t total = file_size_;  // the one that begins
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kBeginning) || !name.ends_with(ending_)) continue;
    if (entry.path() == path_) continue;
    const auto size = entry.file_size(ignored);
    if (ignored) continue;
    files[entry.path().string()] = size;
    total += size;
  }
  for (const auto& [path, size] : files) {
    if (total <= keep_) return;
    if (fs::remove(path, ignored)) total -= size;
  }
}

}  // namespace lastframe::sinks
