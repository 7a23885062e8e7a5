// Files of one format in a folder: the next one begins when one is full, and the oldest are removed
// when all together are too large. Readable by their owner alone.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace lastframe::sinks {

class CaptureFiles {
 public:
  // `ending`: ".lfr"; `head`: what a new file begins with. The folder is there.
  CaptureFiles(std::string folder, std::string ending, std::uint64_t file_size, std::uint64_t keep,
               std::function<std::string()> head);
  ~CaptureFiles();
  CaptureFiles(const CaptureFiles&) = delete;
  CaptureFiles& operator=(const CaptureFiles&) = delete;

  // Whether the next write begins a new file.
  bool is_new_file_due() const { return file_ < 0 || written_ >= file_size_; }
  // Begins a new file where one is due.
  std::expected<void, Error> write(std::string_view bytes);
  std::expected<void, Error> begin_file();
  // To the file that is there, however large it is; without one, nothing happens.
  std::expected<void, Error> append(std::string_view bytes);

 private:
  void remove_oldest();

  std::string folder_;
  std::string ending_;
  std::uint64_t file_size_;
  std::uint64_t keep_;
  std::function<std::string()> head_;
  std::string path_;
  int file_ = -1;
  std::uint64_t written_ = 0;  // to this file
  std::uint64_t number_ = 0;   // of the next file
};

}  // namespace lastframe::sinks
