// How a connection stood when its end began: at the first Close, or at the first end of a stream
// where there was none. What came later decided nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/moment.h"

namespace lastframe::session {

// One of the last messages of a direction; of short ones that came in one read, only the last is
// sure to be among them.
struct RecentMessage {
  Moment at;               // its last byte so far
  std::uint64_t size = 0;  // payload bytes on the wire, as far as announced
  std::optional<std::uint64_t> inflated =
      std::nullopt;                 // of a compressed one, as far as it was inflated
  std::uint64_t largest_frame = 0;  // payload bytes
  std::uint32_t fragments = 1;
  bool is_text = true;
  bool is_complete = true;  // false: more of it was to come

  bool operator==(const RecentMessage&) const = default;
};

// What passed in the last seconds before the end.
struct RecentRate {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::chrono::milliseconds over{0};  // 0: nothing passed

  bool operator==(const RecentRate&) const = default;
};

struct DirectionState {
  std::optional<Moment> last_byte_at =
      std::nullopt;                   // before the Close that began the end; none: no byte
  std::uint64_t bytes = 0;            // behind the head, without that Close
  std::uint64_t messages = 0;         // complete ones
  std::vector<RecentMessage> recent;  // oldest first, at most 8; the one in hand comes last
  std::uint64_t largest_message = 0;  // of the whole connection, on the wire, complete ones
  std::optional<std::uint64_t> largest_inflated =
      std::nullopt;  // the same, inflated; none: nothing compressed
  RecentRate rate;

  bool operator==(const DirectionState&) const = default;
};

// The last silence that some bytes broke.
struct BrokenSilence {
  Direction by = Direction::client_to_server;  // whose bytes broke it
  std::chrono::microseconds length{0};
  Moment ended;

  bool operator==(const BrokenSilence&) const = default;
};

// A text message that says why the connection is going to end (farewells.yaml).
struct Farewell {
  std::string id;     // of the catalogue's row
  std::string value;  // of the row's field, at most 128 bytes, with secrets redacted
  Endpoint sender = Endpoint::server;
  Moment at;

  bool operator==(const Farewell&) const = default;
};

// Heartbeats in text messages (heartbeats.yaml), of one side.
struct TextHeartbeats {
  std::string id;  // of the catalogue's row
  std::uint64_t count = 0;
  std::chrono::milliseconds usual{0};    // between the first ones: the median of at most 8
  std::chrono::milliseconds longest{0};  // of the last 8
  Moment last;

  bool operator==(const TextHeartbeats&) const = default;
};

struct Circumstances {
  Moment at;
  std::array<DirectionState, 2> directions;                 // by Direction
  std::optional<BrokenSilence> silence = std::nullopt;      // of 5 s and more
  std::optional<Farewell> farewell = std::nullopt;          // the last one
  std::array<std::optional<TextHeartbeats>, 2> heartbeats;  // by the Endpoint that sends them

  bool operator==(const Circumstances&) const = default;
};

// Of an HTTP answer that refused the upgrade.
struct Refusal {
  std::optional<std::uint64_t> body_length = std::nullopt;  // Content-Length
  std::string content_type;
  std::string authenticate;  // the scheme of WWW-Authenticate or Proxy-Authenticate
  std::string location;      // redacted like a request target
  std::string retry_after;
  std::string body;                 // its first 256 bytes at most, as far as they came; not shown
  std::vector<std::uint16_t> rows;  // of Catalogue::refusals: status and headers of the answer fit

  bool operator==(const Refusal&) const = default;
};

}  // namespace lastframe::session
