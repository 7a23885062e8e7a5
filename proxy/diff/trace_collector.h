// Makes a Trace of each connection of a capture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "capture/input_sink.h"
#include "core/http/exchange_watcher.h"
#include "core/ws/inflate_pool.h"
#include "diff/direction_collector.h"
#include "diff/trace.h"

namespace lastframe::diff {

inline constexpr std::size_t kFlawKinds =
    static_cast<std::size_t>(capture::FlawKind::not_understood) + 1;

// What a capture does not show, each kind once.
struct FlawCount {
  std::uint64_t count = 0;
  std::string first;  // one sentence
};

class TraceCollector final : public capture::InputSink {
 public:
  // `done` is given each connection that asked for a WebSocket, when it has ended or at finish().
  // `most_frames`: of all its connections, while their traces live.
  explicit TraceCollector(std::function<void(Trace)> done,
                          std::uint64_t most_frames = kMostFramesOfCapture);
  ~TraceCollector() override;

  void on_start(const capture::ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const capture::Flaw& flaw) override;
  void on_record(std::uint64_t, std::string_view) override {}

  // The capture is over: what is open is given as it stands.
  void finish();

  std::uint64_t connections() const { return connections_; }
  // Of them, those that never asked for a WebSocket; they are not compared.
  std::uint64_t others() const { return others_; }
  const std::array<FlawCount, kFlawKinds>& flaws() const { return flaws_; }

 private:
  struct Connection;

  void end(std::unique_ptr<Connection> connection);

  std::function<void(Trace)> done_;
  std::shared_ptr<std::uint64_t> frames_left_;
  ws::InflatePool inflaters_{ws::InflateLimits{}};
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> open_;
  std::array<FlawCount, kFlawKinds> flaws_{};
  std::uint64_t connections_ = 0;
  std::uint64_t others_ = 0;
};

}  // namespace lastframe::diff
