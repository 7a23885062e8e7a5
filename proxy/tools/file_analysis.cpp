#include "tools/file_analysis.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/words.h"
#include "core/verdict/diagnosis.h"
#include "core/ws/rule_table.h"
#include "output/record_json.h"
#include "output/record_text.h"
#include "tools/written_record.h"

namespace lastframe::tools {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;
constexpr std::size_t kLongestLine = std::size_t{4} << 20;

struct Fd {
  int number;
  bool is_ours;
  ~Fd() {
    if (is_ours) close(number);
  }
};

std::unexpected<Error> unreadable(const std::string& name, int code) {
  const char* const remedy = code == EISDIR   ? "name the files in it"
                             : code == ENOENT ? "look at the spelling of its name"
                             : code == EACCES ? "read it as a user who may"
                                              : "";
  return std::unexpected(
      Error{name, fmt::format("this file cannot be read: {}", std::strerror(code)), remedy});
}

// Lines of a log, in whatever parts they come.
class LogLines final : public capture::Reader {
 public:
  explicit LogLines(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

  void feed(ByteView bytes) override {
    kept_ += as_text(bytes);
    std::size_t begin = 0;
    for (std::size_t end = kept_.find('\n'); end != std::string::npos;
         end = kept_.find('\n', begin)) {
      take_(std::string_view(kept_).substr(begin, end - begin));
      begin = end + 1;
    }
    kept_.erase(0, begin);
    if (kept_.size() > kLongestLine) kept_.resize(kLongestLine);
  }
  void finish() override {
    if (!kept_.empty()) take_(std::exchange(kept_, {}));
  }

 private:
  std::function<void(std::string_view)> take_;
  std::string kept_;
};

}  // namespace

class FileAnalysis::Run final : public capture::InputSink, public session::Observer {
 public:
  Run(const AnalysisOptions& options, std::function<void(const std::string&)> line,
      std::function<void(const Error&)> tell)
      : options_(options),
        line_(std::move(line)),
        tell_(std::move(tell)),
        session_(session_options(options)),
        replay_(std::in_place, session_, *this) {}

  static session::SessionOptions session_options(const AnalysisOptions& options) {
    session::SessionOptions session{
        .listener = {}, .upstream = {}, .privacy = options.privacy, .interest = {}};
    session.use(options.catalogue);
    session.interest = {.violations = options.level >= output::LogLevel::violations,
                        .messages = options.level >= output::LogLevel::messages,
                        .frames = options.level >= output::LogLevel::frames};
    return session;
  }

  void begin_file(const std::string& name) {
    file_ = name;
    // Connections of one file have nothing to do with those of another.
    replay_.emplace(session_, *this);
    partial_.clear();
    written_.clear();
  }

  // capture::InputSink
  void on_start(const capture::ConnectionStart& start) override {
    ++totals_.connections;
    replay_->on_start(start);
  }
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    if (!std::holds_alternative<session::Finished>(input)) {
      return replay_->on_input(connection, now, input);
    }
    const bool is_partial = partial_.erase(connection) > 0;
    const auto written = written_.extract(connection);
    is_told_already_ = is_partial && !written.empty();
    if (is_told_already_) take_written(written.mapped());
    replay_->on_input(connection, now, input);
    is_told_already_ = false;
  }
  void on_flaw(const capture::Flaw& flaw) override {
    if (flaw.kind == capture::FlawKind::still_open) ++totals_.still_open;
    if (flaw.kind == capture::FlawKind::not_decrypted) ++totals_.encrypted;
    const bool is_of_recording =
        flaw.kind == capture::FlawKind::not_kept || flaw.kind == capture::FlawKind::no_payload;
    if (is_of_recording && flaw.connection) {
      partial_.insert(*flaw.connection);
      return;
    }
    if (++flaws_ > kMostTold) return;
    tell_({file_, flaw.text, flaws_ == kMostTold ? "further ones are only counted" : ""});
  }
  void on_record(std::uint64_t connection, std::string_view json) override {
    written_[connection] = json;
  }

  // session::Observer
  void on_session_start(const session::SessionReport&) override {}
  void on_frame(const session::SessionLabel& session, Moment at,
                const session::FrameSeen& frame) override {
    say(options_.is_json ? output::frame_json(session, at, frame)
                         : output::frame_text(session, at, frame, options_.colour));
  }
  void on_message(const session::SessionLabel& session, Moment at,
                  const session::MessageSeen& message) override {
    say(options_.is_json ? output::message_json(session, at, message)
                         : output::message_text(session, at, message, options_.colour));
  }
  void on_violation(const session::SessionLabel& session, Moment at,
                    const ws::Violation& violation) override {
    say(options_.is_json ? output::violation_json(session, at, violation)
                         : output::violation_text(session, at, violation, options_.colour));
  }
  void on_session_end(session::SessionReport report) override {
    if (is_told_already_) return;
    if (report.catalogue) report.verdict = verdict::classify(report, *report.catalogue);
    ++totals_.records;
    ++totals_.codes[static_cast<unsigned>(report.code)];
    if (report.violation_count > 0) ++totals_.with_violations;
    for (const ws::Violation& violation : report.violations) {
      judge(row_of(violation.rule).severity);
    }
    say(options_.is_json ? output::record_json(report)
                         : output::record_text(report, options_.colour));
  }
  void on_mass_close(const session::MassCloseSeen&) override {}

  void take_log_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    if (take_written(line)) return;
    if (++flaws_ > kMostTold) return;
    tell_({file_, "a line is no record of a session log",
           flaws_ == kMostTold ? "further ones are only counted" : ""});
  }

  const AnalysisTotals& totals() const { return totals_; }

 private:
  static constexpr std::uint64_t kMostTold = 20;

  void say(const std::string& line) { line_(line); }
  void judge(ws::Severity severity) {
    if (options_.fail_on && severity <= *options_.fail_on) totals_.has_found_something = true;
  }
  bool take_written(std::string_view json) {
    const auto record = read_written_record(json, options_.colour);
    if (!record) return false;
    if (record->worst) judge(*record->worst);
    if (record->is_of_connection) {
      ++totals_.records;
      if (record->has_violations) ++totals_.with_violations;
      if (record->code) ++totals_.codes[*record->code];
    }
    say(options_.is_json ? std::string(json) : record->text);
    return true;
  }

  const AnalysisOptions options_;
  std::function<void(const std::string&)> line_;
  std::function<void(const Error&)> tell_;
  const session::SessionOptions session_;
  std::optional<capture::Replay> replay_;
  std::string file_;
  AnalysisTotals totals_;
  std::uint64_t flaws_ = 0;
  // Of recordings that do not hold all: what was said live counts.
  std::set<std::uint64_t> partial_;
  std::unordered_map<std::uint64_t, std::string> written_;
  bool is_told_already_ = false;
};

FileAnalysis::FileAnalysis(const AnalysisOptions& options,
                           std::function<void(const std::string&)> line,
                           std::function<void(const Error&)> tell)
    : run_(std::make_unique<Run>(options, std::move(line), std::move(tell))) {}

FileAnalysis::~FileAnalysis() = default;

const AnalysisTotals& FileAnalysis::totals() const { return run_->totals(); }

std::expected<std::unique_ptr<capture::Reader>, Error> FileAnalysis::reader_for(
    ByteView beginning, const std::string& name) {
  switch (capture::kind_of(beginning)) {
    case capture::FileKind::recording:
      return capture::make_recording_reader(*run_);
    case capture::FileKind::pcap:
    case capture::FileKind::pcapng:
      return capture::make_packet_reader(*run_);
    case capture::FileKind::log:
      return std::make_unique<LogLines>(
          [this](std::string_view line) { run_->take_log_line(line); });
    case capture::FileKind::har:
      return capture::make_har_reader(*run_);
    case capture::FileKind::unknown:
      break;
  }
  return std::unexpected(
      Error{name, "this is none of the files that can be analyzed",
            "name a packet capture (pcap, pcapng), a HAR, a recording (.lfr) or a session log in "
            "JSON lines"});
}

std::expected<void, Error> FileAnalysis::read(const std::string& path, const Progress& progress) {
  const std::string name = path == "-" ? "standard input" : printable(path, 300);
  const bool is_file = path != "-";
  const Fd file{
      .number = is_file ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO,
      .is_ours = is_file};
  if (file.number < 0) return unreadable(name, errno);
  struct stat facts{};
  const bool has_size = fstat(file.number, &facts) == 0 && S_ISREG(facts.st_mode);
  const auto size = has_size ? static_cast<std::uint64_t>(facts.st_size) : 0;
  run_->begin_file(name);
  std::unique_ptr<capture::Reader> reader;
  std::vector<std::byte> buffer(kReadSize);
  std::size_t kept = 0;  // of the beginning, until the kind is known
  std::uint64_t total = 0;
  while (true) {
    const ssize_t count = ::read(file.number, buffer.data() + kept, buffer.size() - kept);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(name, errno);
    total += static_cast<std::uint64_t>(count);
    const std::size_t filled = kept + static_cast<std::size_t>(count);
    const ByteView bytes = ByteView(buffer).first(filled);
    kept = 0;
    // A pipe may begin with less than a magic.
    if (!reader && count > 0 && filled < capture::kKindWindow &&
        capture::kind_of(bytes) == capture::FileKind::unknown) {
      kept = filled;
      continue;
    }
    if (!reader) {
      auto made = reader_for(bytes, name);
      if (!made) return std::unexpected(std::move(made.error()));
      reader = *std::move(made);
    }
    if (count == 0 && filled == 0) break;
    reader->feed(bytes);
    if (progress) progress(total, size);
    if (count == 0) break;
  }
  reader->finish();
  return {};
}

}  // namespace lastframe::tools
