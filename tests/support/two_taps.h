// A connection as two taps see it, with a hop between them that tests let do damage.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/digest.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/session/input.h"
#include "core/ws/frame.h"
#include "diff/trace.h"
#include "diff/trace_collector.h"
#include "support/frames.h"
#include "support/handshake.h"

namespace lastframe::test {

// A frame, or bytes that are none.
struct Said {
  Direction direction = Direction::client_to_server;
  ws::FrameHeader header{};
  std::string payload{};  // unmasked
  std::optional<std::string> raw{};
  int at_ms = 0;  // behind the connection's beginning

  std::string bytes() const { return raw ? *raw : frame(header, payload); }
};

inline Said said(Endpoint from, ws::Opcode opcode, std::string_view payload, bool fin = true) {
  return {.direction = direction_from(from),
          .header = header_of(from, opcode, payload.size(), fin),
          .payload = std::string(payload)};
}

inline Said raw_bytes(Direction direction, std::string_view bytes) {
  return {.direction = direction, .raw = std::string(bytes)};
}

struct StreamEndSeen {
  Endpoint endpoint = Endpoint::client;
  session::EndKind how = session::EndKind::fin;
  int at_ms = 0;
};

enum class Payload : unsigned char { seen, as_digests };

// One connection at one tap.
struct Seen {
  std::string request{kUpgradeRequest};
  std::string response{kAcceptingResponse};
  std::vector<Said> frames{};
  std::vector<StreamEndSeen> ends{};
  bool is_finished = true;
  std::chrono::microseconds clock{0};  // by which this tap's clock is ahead
  std::array<bool, 2> is_tls{};
};

inline std::string with_header(std::string head, std::string_view line) {
  return head.insert(head.size() - 2, std::string(line) + "\r\n");
}

inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

// Feeds what a tap saw to a collector, as a reader of its capture would.
class Feeder {
 public:
  Feeder(const Seen& seen, std::size_t cut, Payload payload, capture::InputSink& sink,
         std::uint64_t id = 1)
      : seen_(seen), sink_(sink), id_(id), cut_(cut), payload_(payload) {}

  void run() {
    const WallTime wall = WallTime(std::chrono::seconds(1'800'000'000)) + seen_.clock;
    sink_.on_start({.id = id_,
                    .client = "192.0.2.1:50122",
                    .server = "192.0.2.2:80",
                    .accepted = now_,
                    .accepted_wall = wall});
    for (const Endpoint endpoint : kEndpoints) {
      if (!seen_.is_tls[index(endpoint)]) continue;
      const session::TlsLeg leg{};
      tell(session::TlsEstablished{.peer = endpoint, .leg = &leg});
    }
    say_head(Direction::client_to_server, seen_.request);
    say_head(Direction::server_to_client, seen_.response);
    for (const Said& frame : seen_.frames) {
      now_ = Moment(std::chrono::milliseconds(frame.at_ms));
      payload_ == Payload::seen || frame.raw ? relay(frame.direction, frame.bytes())
                                             : digest(frame);
    }
    for (const StreamEndSeen& end : seen_.ends) {
      now_ = std::max(now_, Moment(std::chrono::milliseconds(end.at_ms)));
      tell(session::StreamEnded{end.endpoint, end.how});
    }
    if (seen_.is_finished) tell(session::Finished{});
  }

 private:
  void tell(const session::Input& input) { sink_.on_input(id_, now_, input); }

  // Of a stream of HTTP/2, or as it is.
  void say_head(Direction direction, std::string_view head) {
    if (head.find("HTTP/2.0") == std::string_view::npos) return relay(direction, head);
    tell(session::HeadRelayed{.direction = direction, .text = head});
  }

  void relay(Direction direction, std::string_view bytes) {
    const std::size_t size = cut_ == 0 ? bytes.size() : cut_;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const std::string part(bytes.substr(at, size));
      tell(session::BytesRelayed{direction, as_bytes(part)});
    }
  }

  void digest(const Said& frame) {
    relay(frame.direction, encode(frame.header));
    if (frame.payload.empty()) return;
    capture::Digest digest;
    digest.take(as_bytes(frame.payload));
    tell(session::BytesMissed{.direction = frame.direction,
                              .count = frame.payload.size(),
                              .is_frame_next = true,
                              .digest = digest.value()});
  }

  const Seen& seen_;
  capture::InputSink& sink_;
  std::uint64_t id_;
  std::size_t cut_;
  Payload payload_;
  Moment now_{};
};

inline diff::Trace trace_of(const Seen& seen, std::size_t cut = 0,
                            Payload payload = Payload::seen) {
  diff::Trace result;
  diff::TraceCollector collector([&](diff::Trace trace) { result = std::move(trace); });
  Feeder(seen, cut, payload, collector).run();
  collector.finish();
  return result;
}

}  // namespace lastframe::test
