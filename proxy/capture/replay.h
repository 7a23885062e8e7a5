// Gives what a file holds to sessions, as the relay does live: the same facts, the same verdicts.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "capture/input_sink.h"
#include "core/session/session.h"
#include "core/verdict/patterns.h"

namespace lastframe::capture {

class Replay final : public InputSink {
 public:
  // The names of a connection's listener, upstream and tap stand in its ConnectionStart; those of
  // `options` are not used. `observer` and `options` outlive the replay.
  Replay(const session::SessionOptions& options, session::Observer& observer);
  ~Replay() override;

  void on_start(const ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw&) override {}
  void on_record(std::uint64_t, std::string_view) override {}

  std::uint64_t connections() const { return connections_; }

 private:
  struct Connection;
  // What connections of one upstream have in common, at most; the others share one.
  static constexpr std::size_t kMostUpstreams = 256;

  verdict::Patterns& patterns_of(const Connection& connection);
  void note_request(Connection& connection, Moment now);
  void learn(Connection& connection, Moment now);

  const session::SessionOptions& options_;
  session::Observer& observer_;
  ws::InflatePool inflaters_{ws::InflateLimits{}};
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> open_;
  std::map<std::string, verdict::Patterns> patterns_;
  std::uint64_t connections_ = 0;
};

}  // namespace lastframe::capture
