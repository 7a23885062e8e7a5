// Gives what a file holds to sessions, as the relay does live: the same facts, the same verdicts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "capture/input_sink.h"
#include "core/session/session.h"

namespace lastframe::capture {

class Replay final : public InputSink {
 public:
  // Of a connection's listener and upstream, the names stand in its ConnectionStart; of `options`,
  // those are not used. `observer` and `options` outlive the replay.
  Replay(const session::SessionOptions& options, session::Observer& observer);
  ~Replay() override;

  void on_start(const ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw&) override {}
  void on_record(std::uint64_t, std::string_view) override {}

  std::uint64_t connections() const { return connections_; }

 private:
  struct Connection;

  const session::SessionOptions& options_;
  session::Observer& observer_;
  ws::InflatePool inflaters_{ws::InflateLimits{}};
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> open_;
  std::uint64_t connections_ = 0;
};

}  // namespace lastframe::capture
