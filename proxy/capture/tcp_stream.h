// One direction of a TCP connection, put in order from the segments that a capture holds (RFC 9293
// section 3.4). Each byte is told once; what the capture does not have is told as missed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace lastframe::capture {

enum class Missed : unsigned char {
  lost,    // no packet of the capture has these bytes
  snapped  // the packet was cut short
};

class TcpStreamEvents {
 public:
  virtual ~TcpStreamEvents() = default;

  virtual void on_bytes(ByteView bytes) = 0;
  virtual void on_missed(std::uint64_t offset, std::uint64_t count, Missed why) = 0;
  // Bytes at `offset` came again, and were others. The first ones count.
  virtual void on_contradiction(std::uint64_t offset, std::uint64_t count) = 0;
  virtual void on_end() = 0;
};

// What a segment carries. `length`: of its payload on the wire, where `bytes` may be fewer.
struct StreamPart {
  std::uint32_t sequence;  // of its first byte
  ByteView bytes;
  std::uint32_t length;
  bool is_last;  // FIN
};

class TcpStream {
 public:
  // Whether it is known where the stream stands; nothing else may be called before.
  bool is_anchored() const { return is_anchored_; }
  // The stream begins, or goes on, at this sequence number.
  void anchor(std::uint32_t sequence);
  std::uint32_t first_sequence() const { return first_; }

  // `history`: how many bytes that were told are kept (at least), for comparing them with what
  // comes again. Says whether the part, or some of it, had come before.
  bool take(StreamPart part, std::size_t history, TcpStreamEvents& events);

  // The other side says that it has everything in front of this number.
  void note_acknowledged(std::uint32_t sequence);

  // Whether something that was sent behind this point shows that bytes are missing here.
  bool has_hole() const;
  bool is_hole_acknowledged() const;
  // Whether its end was seen, and the other side says that it has it.
  bool is_end_acknowledged() const;
  // The bytes of the hole will not come: goes on behind it.
  void give_hole_up(TcpStreamEvents& events);

  // Whether a number can be of this stream, as it stands.
  bool is_near(std::uint32_t sequence) const;
  bool has_ended() const { return has_ended_; }
  // Of payload that was sent, how many bytes the other side has not said to have.
  std::uint64_t unacknowledged() const;
  // Memory for bytes that wait for earlier ones.
  std::size_t held() const { return held_; }
  // Nothing more will come: only the numbers are kept.
  void forget_bytes();

 private:
  // Bytes that wait. Neighbours do not overlap, and stand in order.
  struct Piece {
    std::uint32_t sequence;
    std::uint32_t length;  // on the wire
    std::string bytes;     // its beginning, or all of it
  };

  void deliver(ByteView bytes, std::uint32_t length, TcpStreamEvents& events);
  void hold(StreamPart part, TcpStreamEvents& events);
  std::size_t insert(std::size_t at, const StreamPart& part);
  void compare_with_piece(const Piece& piece, const StreamPart& part, std::uint32_t count,
                          TcpStreamEvents& events) const;
  void compare_with_history(const StreamPart& part, TcpStreamEvents& events) const;
  void drain(TcpStreamEvents& events);
  void drop_pieces_behind_end();
  void end_if_due(TcpStreamEvents& events);

  std::uint32_t first_ = 0;
  std::uint32_t next_ = 0;  // the sequence number of the next byte to tell
  std::uint32_t acknowledged_ = 0;
  std::uint32_t end_ = 0;  // of the FIN
  bool is_anchored_ = false;
  bool is_acknowledged_ = false;
  bool is_end_known_ = false;
  bool has_ended_ = false;
  std::uint64_t offset_ = 0;  // of the next byte to tell
  std::size_t held_ = 0;
  std::size_t history_limit_ = 0;
  std::string history_;  // the last bytes told: up to offset_
  std::vector<Piece> pieces_;
};

}  // namespace lastframe::capture
