// Batches that wait on disk for their receiver, in the order in which they were made: a folder with
// a file for each. Each file is plain JSON lines, and its name says what must be in it:
//
//   0000000000000042-1000-9d3c5b8e1f02a677.jsonl
//   |                |    `- id of the batch, which is made of its bytes
//   |                `- how many lines
//   `- number of the batch, counted on over restarts
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "sinks/batch.h"

namespace lastframe::sinks {

class SinkSpool {
 public:
  // Makes the folder (0700) where it is not there and takes up what waits in it; files that are
  // not ours are left alone. An error where it cannot be written, or another process uses it.
  static std::expected<std::unique_ptr<SinkSpool>, Error> open(const std::string& folder,
                                                               std::uint64_t most_bytes);
  ~SinkSpool();
  SinkSpool(const SinkSpool&) = delete;
  SinkSpool& operator=(const SinkSpool&) = delete;

  std::uint64_t next_number() { return next_number_++; }

  // Writes a whole file (0600) or none. Where there is no room for it the oldest are removed and
  // counted, but for `kept`, which may be on its way. A batch that is larger than the spool is
  // dropped and counted.
  std::expected<void, Error> add(std::uint64_t number, const SinkBatch& batch,
                                 std::optional<std::uint64_t> kept);

  std::optional<std::uint64_t> oldest() const;

  // The batch of that number. None where its file is damaged or gone: then it is removed and its
  // lines are counted as dropped. An error where it cannot be opened now (no file descriptor left).
  std::expected<std::optional<SinkBatch>, Error> read(std::uint64_t number);
  void remove(std::uint64_t number);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t dropped_records() const { return dropped_; }

 private:
  struct Entry {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::string id;
  };

  SinkSpool(std::string folder, std::uint64_t most_bytes, int lock);
  void take_up();
  void drop(std::uint64_t number);
  std::string path_of(std::uint64_t number, const Entry& entry) const;

  std::string folder_;
  std::uint64_t most_bytes_;
  int lock_;
  std::map<std::uint64_t, Entry> entries_;
  std::uint64_t next_number_ = 1;
  std::uint64_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace lastframe::sinks
