// One TCP connection of a capture, from its packets to inputs of a session.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "capture/input_sink.h"
#include "capture/packet_layers.h"
#include "capture/tcp_stream.h"
#include "core/base/moment.h"
#include "core/session/input.h"

namespace lastframe::capture {

struct TcpLimits {
  std::size_t connections = 200'000;       // followed at a time
  std::size_t remembered = 65'536;         // that have ended, so that nothing late begins them anew
  std::size_t held = 256UL * 1024 * 1024;  // bytes that wait for earlier ones
  std::size_t held_of_stream = 1024 * 1024;  // the same of one direction
  std::size_t history = 1024;                // see TcpStream::take
  std::size_t history_of_many = 256;         // the same,
  std::size_t many = 4096;                   // with so many connections
};

// What the connections of a capture share.
struct TcpContext {
  InputSink& sink;
  ConnectionIds& ids;
  std::size_t history = 0;
  std::size_t held_of_stream = 0;
  std::chrono::microseconds wall_of_zero{};  // the wall time of the first moment
};

class TcpConnection {
 public:
  // `first`: its first packet.
  TcpConnection(const TcpSegment& first, Moment at);

  // Whether a packet between the same ends begins another connection.
  bool is_other(const TcpSegment& segment, Moment at) const;
  void take(const TcpSegment& segment, Moment at, TcpContext& context);

  // Whether both ends have ended, or one has reset it: what comes now changes nothing.
  bool is_over() const { return is_over_; }
  // Memory for bytes that wait.
  std::size_t held() const { return streams_[0].held() + streams_[1].held(); }
  // Tells everything that waits, and what is missing as missed.
  void give_holes_up(TcpContext& context);
  // Nothing more of it comes to us. Unless its ends show behind its holes, it goes on: `why` says
  // in a sentence why we do not know more.
  void leave_open(const std::string& why, TcpContext& context);

  std::uint64_t id() const { return id_; }  // 0: nobody was told of it
  const TcpEnd& end(std::size_t side) const { return ends_[side]; }

 private:
  class Teller;
  // Since when a stream lacks something.
  struct Hole {
    std::optional<Moment> since = std::nullopt;
    std::optional<Moment> acknowledged = std::nullopt;
    std::uint32_t packets = 0;  // since then
  };
  // A side's last segment with payload or FIN.
  struct Last {
    std::uint32_t sequence = 0;
    std::uint32_t length = 0;
    Moment at{};
  };
  // When the packets of the opening handshake passed.
  struct Opening {
    std::optional<Moment> syn = std::nullopt;
    std::optional<Moment> answer = std::nullopt;
    std::optional<Moment> done = std::nullopt;
  };

  std::size_t side_of(const TcpSegment& segment) const { return segment.from == ends_[0] ? 0 : 1; }
  Direction direction_of(std::size_t side) const;
  void note_opening(const TcpSegment& segment, std::size_t side);
  void note_acknowledgement(const TcpSegment& segment, std::size_t side);
  void take_payload(const TcpSegment& segment, std::size_t side, TcpContext& context);
  std::size_t likely_client(const TcpSegment& segment, std::size_t side) const;
  void announce(TcpContext& context);
  void settle_holes(std::size_t side, TcpContext& context);
  bool is_copy(const TcpSegment& segment, std::size_t side);
  void reset(const TcpSegment& segment, std::size_t side, TcpContext& context);
  bool has_ended() const;
  void finish(std::optional<std::size_t> resetter, TcpContext& context);
  void tell(const session::Input& input, TcpContext& context) const;

  std::array<TcpEnd, 2> ends_;  // by side: who sent the first packet, and the other
  std::array<TcpStream, 2> streams_;
  std::array<Hole, 2> holes_;
  std::array<Last, 2> last_;
  Opening opening_;
  std::array<std::uint32_t, 2> retransmits_{};
  Moment first_;
  Moment now_;
  std::uint64_t id_ = 0;
  std::optional<std::uint8_t> client_;  // a side
  std::array<bool, 2> is_snapped_{};
  std::array<bool, 2> is_contradicted_{};
  bool has_opening_ = false;  // a SYN was seen
  bool is_over_ = false;
};

}  // namespace lastframe::capture
