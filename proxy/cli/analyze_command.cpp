#include "cli/analyze_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>

#include "capture/tls_key_logs.h"
#include "core/ws/close_code.h"
#include "tools/file_analysis.h"

namespace lastframe::cli {
namespace {

// Tells how far a long file has been read, on a terminal, in a line that is written over.
class ProgressLine {
 public:
  ProgressLine(std::ostream& err, std::string name)
      : err_(err), name_(std::move(name)), is_shown_(isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() {
    if (has_said_) err_ << "\r\x1b[K" << std::flush;
  }

  void say(std::uint64_t read, std::uint64_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - said_ < std::chrono::milliseconds(250)) return;
    said_ = now;
    has_said_ = true;
    constexpr double kMiB = 1024.0 * 1024.0;
    err_ << "\r\x1b[K" << name_ << ": ";
    if (of > 0) {
      err_ << fmt::format("{:.0f} %", 100.0 * static_cast<double>(read) / static_cast<double>(of));
    } else {
      err_ << fmt::format("{:.0f} MiB", static_cast<double>(read) / kMiB);
    }
    err_ << std::flush;
  }

 private:
  std::ostream& err_;
  std::string name_;
  bool is_shown_;
  bool has_said_ = false;
  std::chrono::steady_clock::time_point said_ = std::chrono::steady_clock::now();
};

std::string summary(const tools::AnalysisTotals& totals) {
  std::string text =
      fmt::format("analyzed: {} connections, {} records", totals.connections, totals.records);
  if (totals.with_violations > 0) {
    text += fmt::format(", {} with broken rules", totals.with_violations);
  }
  if (totals.still_open > 0) text += fmt::format(", {} still open at the end", totals.still_open);
  if (totals.decrypted > 0) text += fmt::format(", {} decrypted", totals.decrypted);
  if (totals.encrypted > 0) text += fmt::format(", {} encrypted", totals.encrypted);
  std::string separator = "; ";
  for (const auto& [code, count] : totals.codes) {
    text += fmt::format("{}{}: {}", separator, code, count);
    separator = ", ";
  }
  return text;
}

bool is_json_wanted(output::LogFormat format) {
  if (format != output::LogFormat::automatic) return format == output::LogFormat::json;
  return isatty(STDOUT_FILENO) != 1;
}

}  // namespace

int run_analyze(const AnalyzeCommand& command, const Surroundings& surroundings, std::ostream& out,
                std::ostream& err) {
  const auto tell = [&](const Error& error) {
    err << "lastframe: " << to_text(error) << std::endl;
  };
  const Knowledge loaded = surroundings.knowledge(command.knowledge.files);
  if (!loaded) {
    for (const Error& error : loaded.error()) tell(error);
    return kExitBadUsage;
  }
  const bool is_live = std::ranges::find(command.files, "-") != command.files.end();
  capture::TlsKeyLogs key_logs(tell, is_live ? capture::Pace::live : capture::Pace::of_file);
  for (const std::string& path : command.key_logs) {
    const auto added = key_logs.add(path);
    if (added) continue;
    tell(added.error());
    return kExitBadUsage;
  }
  const bool is_json = is_json_wanted(command.format);
  // Live: whoever waits behind a pipe sees each record when it is there.
  const auto say = [&](const std::string& line) { out << line << '\n' << std::flush; };
  tools::FileAnalysis analysis({.catalogue = *loaded,
                                .level = command.level,
                                .is_json = is_json,
                                .colour = is_json ? output::Colour::off : surroundings.colour,
                                .fail_on = command.fail_on,
                                .key_logs = &key_logs},
                               say, tell);
  int exit_code = kExitDone;
  for (const std::string& file : command.files) {
    ProgressLine progress(err, file);
    const auto read = analysis.read(
        file, [&](std::uint64_t bytes, std::uint64_t of) { progress.say(bytes, of); });
    if (read) continue;
    tell(read.error());
    exit_code = kExitBadUsage;
  }
  err << summary(analysis.totals()) << std::endl;
  if (exit_code != kExitDone) return exit_code;
  return analysis.totals().has_found_something ? kExitFoundSomething : kExitDone;
}

}  // namespace lastframe::cli
