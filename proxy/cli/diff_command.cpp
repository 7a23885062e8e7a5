#include "cli/diff_command.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "capture/tls_key_logs.h"
#include "cli/say.h"
#include "core/base/words.h"
#include "diff/capture_file.h"
#include "diff/json_text.h"
#include "diff/report.h"
#include "diff/text_page.h"
#include "diff/trace_collector.h"
#include "diff/words.h"

namespace lastframe::cli {
namespace {

constexpr std::array<std::string_view, 2> kDefaultNames{"BEFORE", "AFTER"};
constexpr long kPollNanoseconds = 200'000'000;

sigset_t stopping_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// Waits for the next look at the files; whether to stop.
bool is_stop_asked() {
  const sigset_t signals = stopping_signals();
  const timespec moment{.tv_sec = 0, .tv_nsec = kPollNanoseconds};
  return sigtimedwait(&signals, nullptr, &moment) > 0;
}

// What is known of one side.
struct Side {
  std::vector<diff::Trace> traces;
  std::string tap;
  diff::TraceCollector collector{[this](diff::Trace trace) {
    if (tap.empty()) tap = trace.tap;
    traces.push_back(std::move(trace));
  }};
};

class DiffRun {
 public:
  DiffRun(const DiffCommand& command, output::Colour colour, std::ostream& out, std::ostream& err)
      : command_(command), colour_(colour), out_(out), err_(err) {}

  int run() {
    for (const std::string& path : command_.key_logs) {
      if (const auto added = key_logs_.add(path); !added) return refuse(added.error());
    }
    for (const std::string& path : {command_.before, command_.after}) {
      auto file = diff::CaptureFile::open(path, sides_[files_.size()].collector, &key_logs_);
      if (!file) return refuse(file.error());
      files_.push_back(*std::move(file));
    }
    if (command_.is_live) {
      if (const int code = follow(); code != kExitDone) return code;
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (const auto read = files_[i].read_on(); !read) return refuse(read.error());
      if (const auto finished = files_[i].finish(); !finished) return refuse(finished.error());
      sides_[i].collector.finish();
    }
    return conclude();
  }

 private:
  int refuse(const Error& error) { return cli::refuse(error, err_); }

  diff::CompareOptions options() const {
    return {.delay = command_.delay, .ends_apart = command_.delay};
  }

  diff::Names names() const {
    if (command_.names) return {printable((*command_.names)[0]), printable((*command_.names)[1])};
    diff::Names names;
    for (std::size_t i = 0; i < names.size(); ++i) {
      names[i] = sides_[i].tap.empty() ? std::string(kDefaultNames[i]) : printable(sides_[i].tap);
    }
    // Two taps of one name would be confused.
    if (names[0] == names[1])
      names = {std::string(kDefaultNames[0]), std::string(kDefaultNames[1])};
    return names;
  }

  int follow() {
    const sigset_t signals = stopping_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    do {
      for (diff::CaptureFile& file : files_) {
        if (const auto read = file.read_on(); !read) return refuse(read.error());
      }
      tell_known_pairs();
    } while (!is_stop_asked());
    return kExitDone;
  }

  // Connections that have ended at both taps, and are surely the same.
  void tell_known_pairs() {
    const std::size_t size = sides_[0].traces.size() + sides_[1].traces.size();
    if (size == looked_at_) return;
    std::array<std::vector<bool>, 2> is_told;
    for (std::size_t i = 0; i < 2; ++i) is_told[i].resize(sides_[i].traces.size());
    const diff::Pairing pairing = diff::pair_up(sides_[0].traces, sides_[1].traces);
    for (const diff::Pair& pair : pairing.pairs) {
      if (diff::is_guess(pair.by)) continue;
      tell(pair);
      is_told[0][pair.before] = is_told[1][pair.after] = true;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      std::size_t at = 0;
      std::erase_if(sides_[i].traces, [&](const diff::Trace&) { return is_told[i][at++]; });
    }
    looked_at_ = sides_[0].traces.size() + sides_[1].traces.size();
  }

  void tell(const diff::Pair& pair) {
    const diff::Trace& before = sides_[0].traces[pair.before];
    const diff::Trace& after = sides_[1].traces[pair.after];
    diff::PairReport told{pair.by, diff::facts_of(before), diff::facts_of(after),
                          diff::compare(before, after, options())};
    if (command_.format == AnswerFormat::json) {
      out_ << diff::json_of_pair(told, names()) << std::endl;
    } else if (!told.comparison.findings.empty()) {
      out_ << diff::text_of_pair(told, names(), colour_) << std::endl;
    }
    diff::add(told_, std::move(told));
    told_.pairs.clear();  // only counted
    ++told_count_;
  }

  diff::InputFacts facts_of(std::size_t side, const std::string& path) const {
    const diff::TraceCollector& collector = sides_[side].collector;
    return {.path = path,
            .name = names()[side],
            .connections = collector.connections(),
            .others = collector.others(),
            .flaws = collector.flaws()};
  }

  int conclude() {
    diff::Report report =
        diff::report_of({facts_of(0, command_.before), facts_of(1, command_.after)},
                        sides_[0].traces, sides_[1].traces, options());
    diff::add_counts(report, told_);
    out_ << (command_.format == AnswerFormat::json ? diff::json_text(report) + "\n"
                                                   : diff::text_page(report, command_.top, colour_))
         << std::flush;
    if (told_count_ > 0 && command_.format == AnswerFormat::text) {
      out_ << fmt::format("\n{} of them ended meanwhile; what was found was told then.\n",
                          told_count_);
    }
    if (report.pairs.empty() && told_count_ == 0) {
      return refuse({"diff", "no connection of one capture was found in the other",
                     "take both at the same time, on the two sides of one hop"});
    }
    return report.severity >= command_.fail_on ? kExitFoundSomething : kExitDone;
  }

  const DiffCommand& command_;
  output::Colour colour_;
  std::ostream& out_;
  std::ostream& err_;
  capture::TlsKeyLogs key_logs_{
      [this](const Error& error) { err_ << "lastframe: " << to_text(error) << std::endl; },
      command_.is_live ? capture::Pace::live : capture::Pace::of_file};
  std::array<Side, 2> sides_;
  std::vector<diff::CaptureFile> files_;
  diff::Report told_;  // live: what was told, as counts
  std::uint64_t told_count_ = 0;
  std::size_t looked_at_ = 0;
};

}  // namespace

int run_diff(const DiffCommand& command, output::Colour colour, std::ostream& out,
             std::ostream& err) {
  return DiffRun(command, colour, out, err).run();
}

}  // namespace lastframe::cli
