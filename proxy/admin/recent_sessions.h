// The records of the sessions that ended of late.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/session_query.h"
#include "core/session/recording.h"
#include "core/session/report.h"

namespace lastframe::admin {

struct EndedSession {
  std::string id;    // "session" of the record
  std::string time;  // when it ended, as the record has it
  std::string listener;
  std::string upstream;
  std::string_view initiator;         // of static life
  std::optional<std::uint16_t> code;  // none where nobody could see a Close
  std::string cause;                  // empty: there is no verdict
  std::string record;                 // JSON
};

// What was kept of one of them while it lasted.
struct EndedRecording {
  std::shared_ptr<const EndedSession> session;
  std::shared_ptr<const session::Recording> recording;
  session::Texts texts;  // as the log has them
};

// Bounded by number and by bytes: the oldest goes first. From any thread; nobody waits for longer
// than it takes to copy a thousand pointers.
class RecentSessions {
 public:
  using Records = std::vector<std::shared_ptr<const EndedSession>>;

  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kMostBytes = 16 * 1024 * 1024;  // of JSON, and of recordings

  explicit RecentSessions(std::size_t most = kMost, std::size_t most_bytes = kMostBytes)
      : most_(most), most_bytes_(most_bytes) {}

  void add(const session::SessionReport& report, std::string_view json);

  Records all() const;                                                  // the last one first
  std::shared_ptr<const EndedSession> find(std::string_view id) const;  // null: it is not here
  std::optional<EndedRecording> find_recording(std::string_view id) const;

 private:
  std::size_t most_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const EndedSession>> sessions_;  // shared with answers being written
  std::size_t bytes_ = 0;
  std::deque<EndedRecording> recordings_;
  std::size_t recorded_bytes_ = 0;
};

bool matches(const EndedSession& session, const SessionQuery& query);

}  // namespace lastframe::admin
