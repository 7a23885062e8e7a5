// What a tap saw, as a packet capture.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/packets.h"
#include "support/two_taps.h"

namespace lastframe::test {

// What was said on a connection before the handshake.
struct SaidBefore {
  Direction direction;
  std::string bytes;
};

inline std::string pcap_of_seen(const std::vector<Seen>& connections,
                                const std::vector<SaidBefore>& before = {}) {
  std::vector<Segment> segments;
  std::uint16_t port = kClientPort;
  for (const Seen& seen : connections) {
    std::uint32_t next[2] = {1000, 5000};
    const auto send = [&](Direction direction, unsigned flags, std::string_view bytes) {
      const bool is_up = direction == Direction::client_to_server;
      segments.push_back({.is_from_client = is_up,
                          .sequence = next[is_up ? 0 : 1],
                          .acknowledgement = next[is_up ? 1 : 0],
                          .flags = flags,
                          .payload = std::string(bytes),
                          .client_port = port});
      next[is_up ? 0 : 1] +=
          static_cast<std::uint32_t>(bytes.size()) + ((flags & (kSyn | kFin)) != 0 ? 1u : 0u);
    };
    const auto say = [&](Direction direction, std::string_view bytes) {
      for (std::size_t at = 0; at < bytes.size(); at += 1000) {
        send(direction, kAck, bytes.substr(at, 1000));
      }
    };
    send(Direction::client_to_server, kSyn, "");
    send(Direction::server_to_client, kSyn | kAck, "");
    send(Direction::client_to_server, kAck, "");
    for (const SaidBefore& said : before) say(said.direction, said.bytes);
    say(Direction::client_to_server, seen.request);
    say(Direction::server_to_client, seen.response);
    for (const Said& frame : seen.frames) say(frame.direction, frame.bytes());
    for (const Direction direction : kDirections) send(direction, kFin | kAck, "");
    send(Direction::client_to_server, kAck, "");
    ++port;
  }
  return pcap_of(packets_of(segments));
}

}  // namespace lastframe::test
