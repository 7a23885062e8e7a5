// Follows an HTTP/2 connection from both sides and tells what becomes of the streams that carry a
// WebSocket (RFC 8441), as if each were a connection of its own. A spectator: it answers nothing,
// and holds nobody to flow control.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/http2/field_decoder.h"
#include "core/http2/frame_reader.h"
#include "core/http2/stream_head.h"

namespace lastframe::http2 {

// Of one stream, in this order: its request, what else comes, its end. Views live as long as the
// call. A stream is over when both sides have ended it, or one has reset it.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;

  // `head`: as StreamHead writes it. Nothing has been told of this stream before.
  virtual void on_request(std::uint32_t stream, std::string_view head) = 0;
  // Final or interim.
  virtual void on_response(std::uint32_t stream, std::string_view head) = 0;
  virtual void on_data(std::uint32_t stream, Direction direction, ByteView data) = 0;
  virtual void on_missed(std::uint32_t stream, Direction direction, std::uint64_t count) = 0;
  // `is_over`: the other side had ended it before.
  virtual void on_end(std::uint32_t stream, Endpoint sender, bool is_over) = 0;
  virtual void on_reset(std::uint32_t stream, Endpoint sender, std::uint32_t code) = 0;
  // A stream that is not followed: a sentence's end, of static life.
  virtual void on_passed_over(std::uint32_t stream, std::string_view why) = 0;
};

class Demultiplexer {
 public:
  static constexpr std::size_t kMostStreams = 10'000;  // followed at a time

  // Total: what cannot be followed is said by obstacle(), and then nothing more is told.
  void take(Direction direction, ByteView bytes, StreamEvents& events);
  // Bytes that nobody can see any more. Within the data of a stream they are that stream's loss;
  // elsewhere nothing can be followed behind them.
  void miss(Direction direction, std::uint64_t count, StreamEvents& events);

  // Why this connection is not followed any more; empty: it is. A clause, of static life.
  std::string_view obstacle() const { return obstacle_; }
  // The code of the last GOAWAY of this side.
  std::optional<std::uint32_t> goodbye(Endpoint sender) const { return goodbyes_[index(sender)]; }
  // Bytes that this may come to.
  std::size_t memory() const;

 private:
  // Of a frame, what has to be seen whole before the rest of it: lengths of padding, numbers.
  struct Small {
    std::array<std::byte, 8> bytes{};
    std::size_t size = 0;

    void take(ByteView& from, std::size_t wanted);
  };
  // Sizes of a header table that one SETTINGS frame asked for.
  struct TableSizes {
    std::uint32_t smallest;
    std::uint32_t last;
  };
  struct Half {
    FrameReader frames;
    FieldDecoder fields;
    Small small;
    std::size_t preface_size = 0;    // of the client's, as far as it has come
    bool has_settings = false;       // which everybody sends first
    bool has_prefix = false;         // of the frame in hand all that comes before its content
    std::uint32_t content_left = 0;  // of it, without its padding
    std::optional<StreamHead> head;  // of the field section in hand, if it is wanted
    std::uint32_t section_stream = 0;
    bool is_within_section = false;
    bool ends_stream = false;                // with that section
    TableSizes asked{kDefault, kDefault};    // by this side, of the other
    std::vector<TableSizes> unacknowledged;  // by this side, oldest first
  };
  struct Stream {
    std::array<bool, 2> has_ended{};  // by Endpoint
    bool is_answered = false;
  };
  static constexpr std::uint32_t kDefault = FieldDecoder::kDefaultTable;

  void give_up(std::string_view why) { obstacle_ = why; }
  bool take_preface(Half& half, ByteView& bytes);
  void take_part(Direction direction, const FrameReader::Part& part, StreamEvents& events);
  void begin_frame(Half& half, const FrameHeader& frame);
  bool take_prefix(Half& half, const FrameReader::Part& part, ByteView& rest);
  void take_content(Direction direction, const FrameReader::Part& part, StreamEvents& events);
  void take_data(Direction direction, const FrameReader::Part& part, ByteView data,
                 StreamEvents& events);
  void take_fields(Direction direction, const FrameReader::Part& part, ByteView content,
                   StreamEvents& events);
  void begin_section(Direction direction, const FrameHeader& frame);
  void end_section(Direction direction, StreamEvents& events);
  void take_request(std::uint32_t stream, const StreamHead& head, StreamEvents& events);
  void take_response(std::uint32_t stream, const StreamHead& head, StreamEvents& events);
  void take_settings(Direction direction, const FrameReader::Part& part);
  void allow_tables(Half& encoder, std::vector<TableSizes>& unacknowledged);
  void take_reset(Direction direction, const FrameReader::Part& part, StreamEvents& events);
  void take_goodbye(Direction direction, const FrameReader::Part& part);
  bool may_speak(std::uint32_t stream, Direction direction) const;
  void end(std::uint32_t stream, Endpoint sender, StreamEvents& events);

  std::array<Half, 2> halves_;  // by Direction
  std::unordered_map<std::uint32_t, Stream> streams_;
  std::array<std::optional<std::uint32_t>, 2> goodbyes_;
  std::string_view obstacle_;
};

}  // namespace lastframe::http2
