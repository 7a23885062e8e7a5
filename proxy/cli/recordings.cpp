#include "cli/recordings.h"

#include <string>
#include <utility>

#include "cli/say.h"
#include "cli/version.h"

namespace lastframe::cli {

std::expected<Recordings, Error> Recordings::start(sinks::CaptureOptions options,
                                                   bool has_admin_port) {
  Recordings made;
  made.options_ = std::move(options);
  made.options_.version = kVersion;
  const bool has_folder = !made.options_.files.folder.empty();
  if (!made.options_.is_on || !(has_folder || has_admin_port)) return made;
  if (has_folder) {
    auto folder = sinks::CaptureFolder::start(made.options_, "lastframe " + made.options_.version,
                                              [](const std::string& line) { say(line); });
    if (!folder) return std::unexpected(std::move(folder.error()));
    made.folder_ = *std::move(folder);
  }
  made.recorder_ = std::make_unique<capture::FlightRecorder>(
      made.options_.flight, made.options_.worth, [folder = made.folder_.get()](std::string blocks) {
        return folder != nullptr && folder->take(std::move(blocks));
      });
  return made;
}

std::vector<output::RecordTap*> Recordings::taps() const {
  if (!folder_) return {};
  return {folder_.get()};
}

std::unique_ptr<session::Observer> Recordings::observe(
    std::unique_ptr<session::Observer> next) const {
  return recorder_ ? recorder_->make_observer(std::move(next)) : std::move(next);
}

std::optional<admin::RecorderFacts> Recordings::facts() const {
  if (!recorder_) return std::nullopt;
  return admin::RecorderFacts{.version = options_.version,
                              .tap = options_.tap,
                              .is_whole = options_.flight.is_whole,
                              .redaction = options_.flight.redaction};
}

std::optional<output::RecorderCounts> Recordings::counts() const {
  if (!recorder_) return std::nullopt;
  return output::RecorderCounts{.memory_bytes = recorder_->memory(),
                                .memory_limit_bytes = options_.flight.memory,
                                .given_up = recorder_->given_up(),
                                .written = folder_ ? folder_->written() : 0,
                                .dropped = folder_ ? folder_->dropped() : 0};
}

void Recordings::finish() const {
  if (folder_) folder_->finish();
}

}  // namespace lastframe::cli
