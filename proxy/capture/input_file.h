// A file or standard input that is read once, from front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace lastframe::capture {

class InputFile {
 public:
  // "-" is standard input. `what` it is, for errors: "log"; of static life.
  static std::expected<InputFile, Error> open(const std::string& path, std::string_view what);
  // One that somebody else has opened, and closes.
  InputFile(int descriptor, std::string name, std::string_view what);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  // How many bytes came; 0 at the end, behind which a file may grow.
  std::expected<std::size_t, Error> read(std::span<std::byte> room);

  const std::string& name() const { return name_; }  // printable
  std::uint64_t size() const;                        // bytes; 0 where nobody knows

 private:
  int descriptor_;
  std::string name_;
  std::string_view what_;
  bool is_ours_ = false;
};

}  // namespace lastframe::capture
