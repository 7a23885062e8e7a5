// What sessions count while they run, for a connection may last for days. Each thread has its own
// of each listener; other threads read them at any time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/counter.h"
#include "core/base/endpoint.h"
#include "core/ws/rule.h"
#include "core/ws/violation.h"

namespace lastframe::session {

// What SessionOptions::upstream and the record say where clients choose their server.
inline constexpr std::string_view kChosenByClient = "destination";

// What a connection was, when it is over.
enum class ConnectionResult : unsigned char {
  websocket,
  handshake_failed,
  connect_failed,
  tls_failed,
  refused,
  sealed,
  other,
};
inline constexpr auto kConnectionResults =
    std::to_array<std::string_view>({"websocket", "handshake_failed", "connect_failed",
                                     "tls_failed", "refused", "sealed", "other"});
static_assert(kConnectionResults.size() == static_cast<std::size_t>(ConnectionResult::other) + 1);
constexpr std::string_view name(ConnectionResult result) {
  return kConnectionResults[static_cast<std::size_t>(result)];
}

// Upper bounds, ascending. Of messages: common limits of servers and libraries, in bytes.
inline constexpr auto kMessageSizes =
    std::to_array<std::uint64_t>({125, 1024, 8192, 16384, 32768, 65535, 131072, 1048576, 4194304,
                                  10485760, 16777216, 67108864, 104857600});
// Of answers, in microseconds.
inline constexpr auto kLatencies = std::to_array<std::uint64_t>(
    {1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000,
     5'000'000, 10'000'000, 30'000'000});

inline constexpr std::size_t kOpcodes = 16;

// Frames of one direction as long as it is trusted.
struct DirectionCounts {
  // Messages that are skipped, one frame each, are only added up: most messages pay this, so it is
  // little. All have at most 125 bytes, the first of kMessageSizes.
  struct Short {
    Counter messages;
    Counter bytes;  // on the wire, with headers of a fixed length (see head_of_short())
  };
  Short short_texts;
  Short short_binaries;
  std::array<Counter, kOpcodes> frames;  // the others, by opcode
  Counter payload;                       // bytes of theirs
  Histogram<kMessageSizes> messages;     // the others
  Counter untrusted;                     // directions that lost their trust
};

// Bytes in front of a short payload: two, and a client's masking key.
constexpr std::uint64_t head_of_short(Direction direction) {
  return direction == Direction::client_to_server ? 6 : 2;
}

struct LiveCounts {
  Counter accepted;                                               // connections
  std::array<Counter, kConnectionResults.size()> over;            // of them, by ConnectionResult
  std::array<DirectionCounts, 2> directions;                      // by Direction
  std::array<Histogram<kLatencies>, 2> pongs;                     // by the Endpoint that answers
  Histogram<kLatencies> handshakes;                               // from the request to the 101
  std::array<std::array<Counter, 2>, ws::kRuleCount> violations;  // by Rule, and Endpoint

  void note_over(ConnectionResult result) { over[static_cast<std::size_t>(result)].add(1); }

  void note_violation(const ws::Violation& violation) {
    violations[static_cast<std::size_t>(violation.rule)][index(violation.side)].add(1);
  }
};

// The same for one upstream of a listener.
struct UpstreamCounts {
  Counter open;      // WebSocket connections
  Counter accepted;  // handshakes, and the next one: whose 101 breaks a rule
  Counter failed;
};

}  // namespace lastframe::session
