#include "tools/file_analysis.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "capture/input_file.h"
#include "core/verdict/diagnosis.h"
#include "core/ws/rule_table.h"
#include "output/record_json.h"
#include "output/record_text.h"
#include "report/line_buffer.h"
#include "tools/written_record.h"

namespace lastframe::tools {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

// Lines of a log, in whatever parts they come.
class LogLines final : public capture::Reader {
 public:
  explicit LogLines(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

  void feed(ByteView bytes) override {
    while (!bytes.empty()) {
      const std::span<std::byte> room = std::as_writable_bytes(lines_.space());
      const ByteView part = bytes.first(std::min(bytes.size(), room.size()));
      std::ranges::copy(part, room.begin());
      lines_.filled(part.size());
      take_all();
      bytes = bytes.subspan(part.size());
    }
  }
  void finish() override {
    lines_.finish();
    take_all();
  }

 private:
  void take_all() {
    while (const auto line = lines_.next()) take_(line->text);
  }

  std::function<void(std::string_view)> take_;
  report::LineBuffer lines_;
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
    if (const auto* established = std::get_if<session::TlsEstablished>(&input)) {
      const bool is_decrypted = established->leg->handling == session::TlsHandling::decrypted;
      if (is_decrypted && established->peer == Endpoint::client) ++totals_.decrypted;
    }
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
    if (flaw.kind == capture::FlawKind::not_decrypted && !flaw.direction) ++totals_.encrypted;
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
  capture::TlsKeyLogs* key_logs() const { return options_.key_logs; }

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
  const auto kind = capture::kind_of(beginning);
  if (kind == capture::FileKind::log) {
    return std::make_unique<LogLines>([this](std::string_view line) { run_->take_log_line(line); });
  }
  if (auto reader = capture::make_reader(kind, *run_, run_->key_logs())) return reader;
  return std::unexpected(
      Error{name, "this is none of the files that can be analyzed",
            "name a packet capture (pcap, pcapng), a HAR, a recording (.lfr) or a session log in "
            "JSON lines"});
}

std::expected<void, Error> FileAnalysis::read(const std::string& path, const Progress& progress) {
  auto file = capture::InputFile::open(path, "file");
  if (!file) return std::unexpected(std::move(file.error()));
  const std::uint64_t size = file->size();
  run_->begin_file(file->name());
  std::unique_ptr<capture::Reader> reader;
  std::vector<std::byte> buffer(kReadSize);
  std::size_t kept = 0;  // of the beginning, until the kind is known
  std::uint64_t total = 0;
  while (true) {
    const auto count = file->read(std::span(buffer).subspan(kept));
    if (!count) return std::unexpected(count.error());
    total += *count;
    const ByteView bytes = ByteView(buffer).first(kept + *count);
    kept = 0;
    // A pipe may begin with less than a magic.
    if (!reader && *count > 0 && bytes.size() < capture::kKindWindow &&
        capture::kind_of(bytes) == capture::FileKind::unknown) {
      kept = bytes.size();
      continue;
    }
    if (!reader) {
      auto made = reader_for(bytes, file->name());
      if (!made) return std::unexpected(std::move(made.error()));
      reader = *std::move(made);
    }
    if (bytes.empty()) break;
    reader->feed(bytes);
    if (progress) progress(total, size);
    if (*count == 0) break;
  }
  reader->finish();
  return {};
}

}  // namespace lastframe::tools
