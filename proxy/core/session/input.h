// Everything that can happen to a session, as one alphabet. The live relay, a replay, tests and
// fuzzers all feed it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/known_patterns.h"
#include "core/session/texts.h"
#include "core/session/tls_facts.h"

namespace lastframe::session {

// `bytes` were read from the sender and written on towards the receiver, unchanged.
struct BytesRelayed {
  Direction direction;
  ByteView bytes;
};

// Bytes passed that nobody can see any more: a recording did not keep them, a capture lost them.
// The live relay misses none.
struct BytesMissed {
  Direction direction;
  std::uint64_t count;         // at least 1
  bool is_frame_next = false;  // a frame begins behind them, where the connection is a WebSocket
  // Of the frame that ends behind them: all of its payload, in the clear (see capture/digest.h).
  std::optional<std::uint64_t> digest = std::nullopt;
};

// The head of a stream of HTTP/2 that is to carry a WebSocket (RFC 8441), written as HTTP/1.x would
// (http2/stream_head.h), instead of bytes that have it. What is relayed behind both heads is
// frames.
struct HeadRelayed {
  Direction direction;
  std::string_view text;
};

// The upstream connection stands. `address`: as numbers, "10.0.0.7:9000" or "unix:/path";
// `upstream`: the configured name of what was chosen, empty where the listener has only one.
struct UpstreamConnected {
  std::string_view address;
  std::string_view upstream = {};
};

// The client's own address, where something in front of us told it (PROXY protocol). Comes before
// any byte.
struct ClientNamed {
  std::string_view address;
};

// The TLS handshake of one leg is over; from then on its bytes are plain text. `leg` is copied.
struct TlsEstablished {
  Endpoint peer;
  const TlsLeg* leg;
  std::uint64_t bytes_from_peer = 0;  // in the handshake
};

// It failed. The ends of the streams come as StreamEnded besides. Both are copied.
struct TlsFailed {
  Endpoint peer;
  const TlsLeg* leg;
  const TlsFailure* failure;
};

// The upstream could not be reached. `error` is an errno name ("ECONNREFUSED") or a resolver's
// words; `address` is the last one tried, or the name that did not resolve.
struct ConnectFailed {
  std::string_view address;
  std::string_view error;
};

// How one endpoint's stream ended, as seen at our socket. `timeout`: the kernel gave up on a dead
// peer, or one of our own time-outs. `proxy_shutdown`: we ended it.
enum class EndKind : unsigned char { fin, reset, timeout, tls_truncated, proxy_shutdown, error };

constexpr std::string_view name(EndKind kind) {
  switch (kind) {
    case EndKind::fin:
      return "fin";
    case EndKind::reset:
      return "reset";
    case EndKind::timeout:
      return "timeout";
    case EndKind::tls_truncated:
      return "tls_truncated";
    case EndKind::proxy_shutdown:
      return "proxy_shutdown";
    case EndKind::error:
      return "error";
  }
  return "error";
}

// `http2_error`: of a stream that HTTP/2 reset, or whose connection said goodbye with it: the
// code's name (RFC 9113 section 7), of static life.
struct StreamEnded {
  Endpoint endpoint;
  EndKind how;
  std::string_view http2_error = {};
};

// TCP_INFO of one leg (tcp(7)); absent where the socket is no TCP.
struct TransportFacts {
  double rtt_ms = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t unacked_bytes = 0;  // of what we sent on this leg
  std::string_view error;           // an errno name with static life, or empty

  bool operator==(const TransportFacts&) const = default;
};

struct TransportSampled {
  Endpoint endpoint;
  TransportFacts facts;
};

// What the relay held for a slow reader of this direction.
struct RelaySampled {
  Direction direction;
  std::uint64_t pending_max;
  std::chrono::microseconds stalled;
};

// What other connections have taught, for this one's verdict. Comes right before Finished.
struct PatternsKnown {
  KnownPatterns patterns;
};

// What the session made of texts that a recording holds redacted, for its report. Comes before
// Finished, and only in a replay. Copied.
struct TextsKnown {
  const Texts* texts;
};

// One of our own time-outs ran out: we give the connection up.
struct GivenUp {};

// Nothing more will come: the report is due.
struct Finished {};

using Input = std::variant<BytesRelayed, BytesMissed, UpstreamConnected, ConnectFailed, ClientNamed,
                           TlsEstablished, TlsFailed, StreamEnded, TransportSampled, RelaySampled,
                           PatternsKnown, TextsKnown, GivenUp, HeadRelayed, Finished>;

}  // namespace lastframe::session
