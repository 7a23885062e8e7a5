// A file that lives as long as its object.
#pragma once

#include <unistd.h>

#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace lastframe {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content)
      : path_((std::filesystem::temp_directory_path() / "lastframe-XXXXXX").string()) {
    const int file = mkstemp(path_.data());
    assert(file >= 0);
    [[maybe_unused]] const ssize_t written = write(file, content.data(), content.size());
    assert(written == static_cast<ssize_t>(content.size()));
    close(file);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace lastframe
