// Writes recordings of connections to files: a tap of the log's writer, with a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "capture/flight_recording.h"
#include "core/base/error.h"
#include "core/session/texts.h"
#include "output/record_tap.h"
#include "sinks/capture_options.h"
#include "sinks/delivery.h"

namespace lastframe::sinks {

class CaptureFormats;

class CaptureFolder final : public output::RecordTap {
 public:
  // Makes the folder (0700) where it is not there. `say` takes lines for standard error, on the
  // folder's thread.
  static std::expected<std::unique_ptr<CaptureFolder>, Error> start(const CaptureOptions& options,
                                                                    std::string program, Say say);
  ~CaptureFolder() override;

  // Takes blocks of whole recordings, from any thread.
  bool take(std::string blocks);
  void on_record(const session::SessionReport* report, std::string_view json) override;

  // Writes what has come, then ends. Nothing may come any more.
  void finish();

  // From any thread: connections written, and those that found no room or no disk.
  std::uint64_t written() const { return written_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  // Bytes that wait, as far as they are known; a recording that waits counts with its record.
  static constexpr std::size_t kLongestQueue = std::size_t{32} * 1024 * 1024;

  struct Recorded {
    std::shared_ptr<const session::Recording> recording;
    std::string json;
    session::Texts texts;
  };
  using Item = std::variant<std::string, Recorded>;

  CaptureFolder(const CaptureOptions& options, std::string program, Say say);
  bool push(Item item, std::size_t size);
  void work();
  void write(const Item& item);

  const CaptureOptions options_;
  std::unique_ptr<CaptureFormats> formats_;
  Say say_;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> dropped_{0};
  bool has_failed_ = false;  // the last write

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::vector<Item> items_;
  std::size_t waiting_ = 0;  // bytes
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace lastframe::sinks
