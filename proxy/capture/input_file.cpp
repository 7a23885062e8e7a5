#include "capture/input_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/words.h"

namespace lastframe::capture {
namespace {

std::unexpected<Error> unreadable(const std::string& name, std::string_view what, int code) {
  const char* const remedy = code == EISDIR   ? "name the files in it"
                             : code == ENOENT ? "look at the spelling of its name"
                             : code == EACCES ? "read it as a user who may"
                                              : "";
  return std::unexpected(
      Error{name, fmt::format("this {} cannot be read: {}", what, std::strerror(code)), remedy});
}

}  // namespace

std::expected<InputFile, Error> InputFile::open(const std::string& path, std::string_view what) {
  if (path == "-") return InputFile(STDIN_FILENO, "standard input", what);
  InputFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY), printable(path, 300), what);
  if (file.descriptor_ < 0) return unreadable(file.name_, what, errno);
  file.is_ours_ = true;
  return file;
}

InputFile::InputFile(int descriptor, std::string name, std::string_view what)
    : descriptor_(descriptor), name_(std::move(name)), what_(what) {}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(other.descriptor_),
      name_(std::move(other.name_)),
      what_(other.what_),
      is_ours_(std::exchange(other.is_ours_, false)) {}

InputFile::~InputFile() {
  if (is_ours_) ::close(descriptor_);
}

std::expected<std::size_t, Error> InputFile::read(std::span<std::byte> room) {
  while (true) {
    const ssize_t count = ::read(descriptor_, room.data(), room.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return unreadable(name_, what_, errno);
  }
}

std::uint64_t InputFile::size() const {
  struct stat facts{};
  const bool is_known = fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode);
  return is_known ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

}  // namespace lastframe::capture
