// The modes of lastframe_bench_peer. Each prints JSON lines on standard output and nothing else.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/bench/channel.h"
#include "tests/bench/payload.h"

namespace bench {

struct LoadOptions {
  Target target;
  std::uint16_t upstream = 0;  // of the relay
  std::size_t connections = 1;
  std::size_t depth = 1;  // messages that each connection keeps in flight
  std::size_t size = 64;  // payload bytes of a message, before compression
  PayloadKind payload = PayloadKind::ascii;
  double warm_up_s = 0.5;
  double measured_s = 2;
  /// Ends the run in place of the clock: so many messages on each connection, nothing left out.
  std::optional<std::uint64_t> messages;
  /// The process whose CPU time is taken at both ends of the measured interval.
  std::optional<int> watched_pid;
};

/// {"port": N} once it accepts; runs until it is killed.
int run_echo_server(std::uint16_t port);

/// The floor of the comparison: relays to 127.0.0.1:`upstream`, looks at nothing. Runs until
/// killed.
int run_bare_relay(std::uint16_t port, std::uint16_t upstream);

/// Every connection keeps `depth` messages in flight.
int run_load(const LoadOptions& options);

/// As run_load with one connection and one message in flight; also the echo's p50 and p99.
int run_latency(LoadOptions options);

/// Connections that live for one echo and a closing handshake; `connections` of them at a time.
int run_rate(const LoadOptions& options);

/// Connections that live for a handshake of TLS and an orderly end; `connections` of them at a
/// time.
int run_handshakes(const LoadOptions& options);

/// Opens `connections`, runs `messages` on each if they are given, prints {"open": N}, and holds
/// them until standard input ends.
int run_idle(const LoadOptions& options);

}  // namespace bench
