// A look at the sessions that have not ended, each taken on its worker's thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/moment.h"
#include "core/session/report.h"
#include "core/session/stage.h"

namespace lastframe::net {

class RelayConnection;

// Which ones; what is absent or empty does not matter.
struct LiveQuery {
  std::optional<std::uint64_t> id;
  std::string listener;
  std::string upstream;
  std::optional<session::Stage> stage;
  std::size_t limit = 100;  // 0: they are only counted
  bool wants_recording = false;

  bool operator==(const LiveQuery&) const = default;
};

struct LiveSession {
  session::SessionReport so_far;  // its end is the moment of the look
  session::Stage stage = session::Stage::opening;
  std::chrono::microseconds idle{0};       // since a byte last came, from either side
  std::array<std::uint64_t, 2> pending{};  // bytes held for the reader, by Direction
  // Where it was asked for: what is kept of the session (session::Recording); empty: nothing is.
  std::string recording{};
};

struct LiveAnswer {
  std::vector<LiveSession> sessions;              // the youngest first, at most the query's limit
  std::map<std::string, std::uint64_t> matching;  // all that match, by listener
};

// On the connections' own thread. Its cost grows with the limit, and little with the connections.
LiveAnswer look_at(std::span<const std::unique_ptr<RelayConnection>> connections,
                   const LiveQuery& query, Moment now);

// Puts the answers of several workers together. Shared by them: the last one gives the sum away.
class LiveGathering {
 public:
  using Done = std::function<void(LiveAnswer)>;

  LiveGathering(std::size_t awaited, std::size_t limit, Done done)
      : awaited_(awaited), limit_(limit), done_(std::move(done)) {}

  // From any thread, once for each that is awaited.
  void add(LiveAnswer answer);

 private:
  std::mutex mutex_;
  std::size_t awaited_;
  std::size_t limit_;
  Done done_;
  LiveAnswer sum_;
};

}  // namespace lastframe::net
