#include "sinks/http_sink.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/thread_name.h"
#include "output/record_words.h"

namespace lastframe::sinks {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kLastPatience{2};

Moment now() {
  return Moment(std::chrono::duration_cast<Moment::duration>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

WallTime wall_now() {
  return std::chrono::floor<WallTime::duration>(std::chrono::system_clock::now());
}

// Signals are for the main thread, and a peer that is gone is no reason to die.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// What storms are told apart by.
std::string_view cause_of(const session::SessionReport* report) {
  if (report == nullptr) return "";
  return report->verdict ? std::string_view(report->verdict->cause) : name(report->ending);
}

}  // namespace

std::expected<std::unique_ptr<HttpSink>, Error> HttpSink::start(SinkOptions options, Say say) {
  std::unique_ptr<SinkSpool> spool;
  if (!options.spool_folder.empty()) {
    auto opened = SinkSpool::open(options.spool_folder + "/" + options.name, options.spool_size);
    if (!opened) return std::unexpected(std::move(opened.error()));
    spool = *std::move(opened);
  }
  return std::unique_ptr<HttpSink>(
      new HttpSink(std::move(options), std::move(spool), std::move(say)));
}

HttpSink::HttpSink(SinkOptions options, std::unique_ptr<SinkSpool> spool, Say say)
    : options_(std::move(options)),
      queue_(options_),
      post_(options_),
      delivery_(options_, queue_, std::move(spool), post_, std::move(say)),
      thread_([this] { work(); }) {}

HttpSink::~HttpSink() { finish(); }

void HttpSink::on_record(const session::SessionReport* report, std::string_view json) {
  constexpr std::string_view kViolation = "{\"event\":\"violation\"";
  if (options_.level == SinkLevel::closes && json.starts_with(kViolation)) return;
  if (queue_.push(json, cause_of(report), now())) post_.wake();
}

void HttpSink::stop() {
  {
    const std::lock_guard lock(mutex_);
    delivery_.stop(now() + kLastPatience);
  }
  post_.wake();
}

void HttpSink::finish() {
  if (!thread_.joinable()) return;
  stop();
  thread_.join();
}

output::SinkCounts HttpSink::counts() const {
  const std::lock_guard lock(mutex_);
  return delivery_.counts();
}

void HttpSink::work() {
  name_thread("sink");
  block_signals();
  while (true) {
    Moment next;
    {
      const std::lock_guard lock(mutex_);
      next = delivery_.turn(now(), wall_now());
      if (delivery_.is_over()) return;
    }
    // Rounded up: too early would be a turn for nothing.
    const auto wait = std::chrono::ceil<milliseconds>(next - now());
    post_.wait(std::max(wait, milliseconds(0)));
  }
}

std::expected<HttpSinks, std::vector<Error>> HttpSinks::start(std::span<const SinkOptions> options,
                                                              const Say& say) {
  HttpSinks sinks;
  std::vector<Error> errors;
  for (const SinkOptions& one : options) {
    auto sink = HttpSink::start(one, say);
    if (sink) {
      sinks.sinks_.push_back(*std::move(sink));
    } else {
      errors.push_back(std::move(sink.error()));
    }
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return sinks;
}

std::vector<output::RecordTap*> HttpSinks::taps() const {
  std::vector<output::RecordTap*> taps;
  for (const auto& sink : sinks_) taps.push_back(sink.get());
  return taps;
}

void HttpSinks::finish() {
  for (const auto& sink : sinks_) sink->stop();
  for (const auto& sink : sinks_) sink->finish();
}

std::vector<output::SinkCounts> HttpSinks::counts() const {
  std::vector<output::SinkCounts> counts;
  for (const auto& sink : sinks_) counts.push_back(sink->counts());
  return counts;
}

}  // namespace lastframe::sinks
