// The one thread that writes logs, and the observers that feed it. A worker hands a record over and
// goes on; everything that can block happens here.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "core/session/observer.h"
#include "output/log_file.h"
#include "output/log_options.h"
#include "output/record_tap.h"
#include "output/record_text.h"

namespace lastframe::output {

// What a session is to tell: for the log's level and, where there are taps, for them.
session::Interest interest_of(const LogOptions& options, bool has_taps = false);

class LogWriter {
 public:
  // Called on the writer's thread for every record that ends, after its line.
  using OnRecord = std::function<void(const session::SessionReport&)>;

  // `taps` outlive the writer.
  LogWriter(LogFile file, const LogOptions& options, OnRecord on_record = {},
            std::vector<RecordTap*> taps = {});
  ~LogWriter();

  // Writes what is left, for at most two seconds; what is then still left is dropped. The observers
  // must be gone by now.
  void finish();

  // An observer for one worker. It must not outlive the writer.
  std::unique_ptr<session::Observer> make_observer();

  // After a rotation; from any thread.
  void reopen();

  // Lines that could not be kept for a log that does not take them; from any thread.
  std::uint64_t dropped_lines() const { return dropped_.load(); }

 private:
  class WorkerObserver;
  // What is no record. Each is empty where nobody asked for it.
  struct Line {
    std::string log;
    std::string taps;
  };
  using Item = std::variant<std::unique_ptr<session::SessionReport>, Line>;
  // One worker's way to the writer: short critical sections, never shared between workers.
  struct Queue {
    std::mutex mutex;
    std::vector<Item> items;
  };

  // As many records as there can be connections; lines of the talkative levels share the room.
  static constexpr std::size_t kLongestQueue = 65'536;

  void push(Queue& queue, Item item);
  void work();
  void reopen_now();
  void write_out(std::chrono::milliseconds patience);
  bool take_from(const std::vector<Queue*>& queues);
  void write(const Item& item);
  void write_record(const session::SessionReport& report);
  void tell_taps(const session::SessionReport* report, std::string_view json);

  LogFile file_;
  LogOptions options_;
  Colour colour_;
  bool is_json_;
  OnRecord on_record_;
  std::vector<RecordTap*> taps_;
  std::string lines_;
  bool is_stalled_ = false;  // the last attempt to write took nothing off
  std::atomic<std::uint64_t> dropped_{0};

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::atomic<bool> is_asleep_{false};
  bool is_reopen_due_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace lastframe::output
