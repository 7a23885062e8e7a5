#include "output/log_writer.h"

#include <cstdio>
#include <utility>

#include "core/base/thread_name.h"
#include "output/mass_close.h"
#include "output/record_json.h"

namespace lastframe::output {
namespace {

// Records that come within this time are written together.
constexpr std::chrono::milliseconds kGather{5};

// How long one attempt to write to a log that does not take lines may last; then new records are
// looked at again.
constexpr std::chrono::milliseconds kWritePatience{50};

constexpr std::chrono::milliseconds kLastPatience{2000};

// Lines are written out when they are this many bytes: thousands of connections may end at once,
// and their records together are more than may wait for a log.
constexpr std::size_t kMostGathered = 1024 * 1024;

bool is_json(const LogOptions& options, const LogFile& file) {
  if (options.format == LogFormat::automatic) return !file.is_terminal();
  return options.format == LogFormat::json;
}

}  // namespace

session::Interest interest_of(const LogOptions& options, bool has_taps) {
  return {.starts = options.starts,
          .violations = options.level >= LogLevel::violations || has_taps,
          .messages = options.level >= LogLevel::messages,
          .frames = options.level >= LogLevel::frames};
}

// Formats the talkative levels on the worker (they are asked for by name); records are formatted
// by the writer.
class LogWriter::WorkerObserver final : public session::Observer {
 public:
  WorkerObserver(LogWriter& writer, Queue& queue) : writer_(writer), queue_(queue) {}

  void on_session_start(const session::SessionReport& so_far) override {
    say(writer_.is_json_ ? start_json(so_far) : start_text(so_far, writer_.colour_));
  }
  void on_frame(const session::SessionLabel& session, Moment at,
                const session::FrameSeen& frame) override {
    say(writer_.is_json_ ? frame_json(session, at, frame)
                         : frame_text(session, at, frame, writer_.colour_));
  }
  void on_message(const session::SessionLabel& session, Moment at,
                  const session::MessageSeen& message) override {
    say(writer_.is_json_ ? message_json(session, at, message)
                         : message_text(session, at, message, writer_.colour_));
  }
  void on_violation(const session::SessionLabel& session, Moment at,
                    const ws::Violation& violation) override {
    const bool is_logged = writer_.options_.level >= LogLevel::violations;
    const bool needs_json = !writer_.taps_.empty() || (is_logged && writer_.is_json_);
    std::string json = needs_json ? violation_json(session, at, violation) : std::string();
    if (!is_logged) return say_to_taps(std::move(json));
    if (writer_.is_json_) return say_json(std::move(json));
    writer_.push(queue_,
                 Line{violation_text(session, at, violation, writer_.colour_), std::move(json)});
  }
  void on_session_end(session::SessionReport report) override {
    writer_.push(queue_, std::make_unique<session::SessionReport>(std::move(report)));
  }
  void on_mass_close(const session::MassCloseSeen& seen) override {
    if (writer_.is_json_) return say_json(mass_close_json(seen));
    writer_.push(queue_, Line{mass_close_text(seen, writer_.colour_),
                              writer_.taps_.empty() ? std::string() : mass_close_json(seen)});
  }

 private:
  // Of the talkative levels: for the log alone.
  void say(std::string line) { writer_.push(queue_, Line{std::move(line), {}}); }
  void say_to_taps(std::string json) { writer_.push(queue_, Line{{}, std::move(json)}); }
  void say_json(std::string json) {
    std::string copy = writer_.taps_.empty() ? std::string() : json;
    writer_.push(queue_, Line{std::move(json), std::move(copy)});
  }

  LogWriter& writer_;
  Queue& queue_;
};

LogWriter::LogWriter(LogFile file, const LogOptions& options, OnRecord on_record,
                     std::vector<RecordTap*> taps)
    : file_(std::move(file)),
      options_(options),
      colour_(colour_for(file_.is_terminal())),
      is_json_(is_json(options, file_)),
      on_record_(std::move(on_record)),
      taps_(std::move(taps)),
      thread_([this] { work(); }) {}

LogWriter::~LogWriter() { finish(); }

void LogWriter::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
  dropped_ += file_.waiting_lines();
}

std::unique_ptr<session::Observer> LogWriter::make_observer() {
  const std::lock_guard lock(mutex_);
  queues_.push_back(std::make_unique<Queue>());
  return std::make_unique<WorkerObserver>(*this, *queues_.back());
}

void LogWriter::reopen() {
  {
    const std::lock_guard lock(mutex_);
    is_reopen_due_ = true;
  }
  has_work_.notify_one();
}

void LogWriter::push(Queue& queue, Item item) {
  {
    const std::lock_guard lock(queue.mutex);
    if (queue.items.size() >= kLongestQueue) {
      ++dropped_;
      return;
    }
    queue.items.push_back(std::move(item));
  }
  if (!is_asleep_.exchange(false)) return;
  const std::lock_guard lock(mutex_);  // the writer is either asleep by now, or looks again
  has_work_.notify_one();
}

// Workers take this lock only to wake a sleeping writer, so it is never held while formatting or
// writing.
void LogWriter::work() {
  name_thread("log");
  std::unique_lock lock(mutex_);
  while (true) {
    const bool is_last = is_stopping_;
    const bool is_reopen_due = std::exchange(is_reopen_due_, false);
    std::vector<Queue*> queues;
    for (const auto& queue : queues_) queues.push_back(queue.get());
    lock.unlock();
    if (is_reopen_due) reopen_now();
    is_asleep_ = true;  // whatever is pushed from here on wakes us
    const bool had_items = take_from(queues);
    write_out(is_last ? kLastPatience : kWritePatience);
    lock.lock();
    if (is_last) return;
    if (is_stopping_ || is_reopen_due_) continue;
    if (had_items || file_.is_waiting()) {
      is_asleep_ = false;
      has_work_.wait_for(lock, kGather, [this] { return is_stopping_ || is_reopen_due_; });
    } else {
      has_work_.wait(lock, [this] { return is_stopping_ || is_reopen_due_ || !is_asleep_; });
    }
  }
}

void LogWriter::reopen_now() {
  write_out(kWritePatience);
  const auto reopened = file_.reopen();
  if (!reopened) std::fprintf(stderr, "lastframe: %s\n", to_text(reopened.error()).c_str());
}

void LogWriter::write_out(std::chrono::milliseconds patience) {
  const std::uint64_t dropped_before = file_.dropped_lines();
  file_.add(lines_);
  lines_.clear();
  is_stalled_ = !file_.flush(patience) && file_.is_waiting();
  dropped_ += file_.dropped_lines() - dropped_before;
}

bool LogWriter::take_from(const std::vector<Queue*>& queues) {
  bool had_items = false;
  std::vector<Item> items;
  for (Queue* queue : queues) {
    {
      const std::lock_guard lock(queue->mutex);
      items.swap(queue->items);
    }
    had_items = had_items || !items.empty();
    for (const Item& item : items) {
      write(item);
      if (lines_.size() < kMostGathered) continue;
      write_out(is_stalled_ ? std::chrono::milliseconds(0) : kWritePatience);
    }
    items.clear();
  }
  return had_items;
}

void LogWriter::write(const Item& item) {
  if (const auto* record = std::get_if<std::unique_ptr<session::SessionReport>>(&item)) {
    return write_record(**record);
  }
  const Line& line = std::get<Line>(item);
  if (!line.log.empty()) {
    lines_ += line.log;
    lines_ += '\n';
  }
  if (!line.taps.empty()) tell_taps(nullptr, line.taps);
}

void LogWriter::write_record(const session::SessionReport& report) {
  const std::string json = is_json_ || !taps_.empty() ? record_json(report) : std::string();
  lines_ += is_json_ ? json : record_text(report, colour_);
  lines_ += '\n';
  tell_taps(&report, json);
  if (on_record_) on_record_(report);
}

void LogWriter::tell_taps(const session::SessionReport* report, std::string_view json) {
  for (RecordTap* tap : taps_) tap->on_record(report, json);
}

}  // namespace lastframe::output
