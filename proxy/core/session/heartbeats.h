// Pings and the Pongs that answer them (RFC 6455 sections 5.5.2 and 5.5.3), for both sides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/endpoint.h"
#include "core/base/moment.h"

namespace lastframe::session {

// What one side's Pings came to.
struct PingCounts {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;  // by a Pong with the same payload
  std::chrono::microseconds slowest{0};
  Moment last_sent{};
  std::optional<std::chrono::microseconds> last_latency =
      std::nullopt;  // of the Ping answered last
  // Of the oldest Ping that neither was answered itself nor has one after it that was.
  std::optional<Moment> unanswered_since = std::nullopt;

  bool operator==(const PingCounts&) const = default;
};

// A Pong later than this is worth a note, and a Ping unanswered for as long at the end.
inline constexpr std::chrono::seconds kLatePong{10};

class Heartbeats {
 public:
  // `payload`: a digest of the Ping's payload. `is_due`: whether the other side has to answer (it
  // has not been sent a Close).
  void note_ping(Endpoint sender, std::uint64_t payload, Moment at, bool is_due);

  // How long ago the Ping was that this Pong answers. No value: it answers none that is known.
  std::optional<std::chrono::microseconds> note_pong(Endpoint sender, std::uint64_t payload,
                                                     Moment at);

  // Whether a Ping of `sender` waits for its Pong.
  bool is_waiting(Endpoint sender) const { return sides_[index(sender)].waiting_count > 0; }

  PingCounts counts(Endpoint sender) const;

 private:
  struct Ping {
    std::uint64_t payload;
    Moment at;
    bool is_due;
  };
  // Of more Pings than this without any answer the oldest are forgotten, but for the first.
  static constexpr std::size_t kMostWaiting = 8;
  struct Side {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::chrono::microseconds slowest{0};
    Moment last_sent{};
    std::optional<std::chrono::microseconds> last_latency;
    std::size_t waiting_count = 0;
    std::array<Ping, kMostWaiting> waiting{};  // oldest first
  };

  std::array<Side, 2> sides_;  // by the Endpoint that sends the Pings
};

}  // namespace lastframe::session
