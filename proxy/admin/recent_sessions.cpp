#include "admin/recent_sessions.h"

#include <algorithm>
#include <utility>

#include "output/record_words.h"

namespace lastframe::admin {

void RecentSessions::add(const session::SessionReport& report, std::string_view json) {
  auto ended = std::make_shared<EndedSession>();
  ended->id = output::session_id(report.id, report.attempt);
  ended->time = output::utc_text(report.accepted_wall, report.accepted, report.ended);
  ended->listener = report.listener;
  ended->upstream = report.upstream;
  ended->initiator = name(report.initiator);
  if (!report.is_sealed) ended->code = static_cast<std::uint16_t>(report.code);
  if (report.verdict) ended->cause = report.verdict->cause;
  ended->record = json;
  Records gone;  // freed behind the lock
  std::vector<EndedRecording> forgotten;
  const std::lock_guard lock(mutex_);
  bytes_ += json.size();
  if (report.recording) {
    recorded_bytes_ += report.recording->memory();
    recordings_.push_back({.session = ended, .recording = report.recording, .texts = report.texts});
  }
  sessions_.push_back(std::move(ended));
  while (sessions_.size() > most_ || (bytes_ > most_bytes_ && sessions_.size() > 1)) {
    bytes_ -= sessions_.front()->record.size();
    gone.push_back(std::move(sessions_.front()));
    sessions_.pop_front();
  }
  while (recordings_.size() > most_ || (recorded_bytes_ > most_bytes_ && recordings_.size() > 1)) {
    recorded_bytes_ -= recordings_.front().recording->memory();
    forgotten.push_back(std::move(recordings_.front()));
    recordings_.pop_front();
  }
}

RecentSessions::Records RecentSessions::all() const {
  const std::lock_guard lock(mutex_);
  return {sessions_.rbegin(), sessions_.rend()};
}

std::shared_ptr<const EndedSession> RecentSessions::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(
      sessions_, id, [](const auto& ended) -> std::string_view { return ended->id; });
  return found == sessions_.end() ? nullptr : *found;
}

std::optional<EndedRecording> RecentSessions::find_recording(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(
      recordings_, id,
      [](const EndedRecording& kept) -> std::string_view { return kept.session->id; });
  return found == recordings_.end() ? std::nullopt : std::optional(*found);
}

bool matches(const EndedSession& session, const SessionQuery& query) {
  return query.wants_ended() && (!query.code || query.code == session.code) &&
         (query.cause.empty() || query.cause == session.cause) &&
         (query.listener.empty() || query.listener == session.listener) &&
         (query.upstream.empty() || query.upstream == session.upstream);
}

}  // namespace lastframe::admin
