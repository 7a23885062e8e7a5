// Puts the messages of one direction together from its frames, as a HAR lists them: unmasked,
// inflated, in one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/har_entry.h"
#include "core/base/bytes.h"
#include "core/base/moment.h"
#include "core/session/input.h"
#include "core/ws/close_body.h"
#include "core/ws/extensions.h"
#include "core/ws/frame_parser.h"
#include "core/ws/inflater.h"

namespace lastframe::capture {

// How much is kept. What is over it leaves its size.
struct HarLimits {
  std::size_t message = std::size_t{16} << 20;     // bytes of content
  std::size_t connection = std::size_t{64} << 20;  // bytes in memory, of both directions
  std::size_t total = std::size_t{256} << 20;      // of all connections that are open
};

// The messages of a connection, and what they take.
struct HarMessageList {
  HarMessageList(const HarLimits& within, std::size_t& of_all) : limits(within), total(of_all) {}
  ~HarMessageList() { total -= bytes; }
  HarMessageList(const HarMessageList&) = delete;
  HarMessageList& operator=(const HarMessageList&) = delete;

  // Whether there is room for so much more; then it is taken.
  bool take(std::size_t size);

  const HarLimits& limits;
  std::size_t& total;  // of all lists
  std::size_t bytes = 0;
  std::vector<HarMessage> messages;
  std::uint64_t left_out = 0;  // messages that there was no room for at all
};

class HarMessages {
 public:
  explicit HarMessages(Direction direction) : direction_(direction) {}

  // Before the first byte. `pool` outlives this.
  void begin(const ws::NegotiatedExtensions& extensions, ws::InflatePool& pool);

  // `now`: a message has the time of its last byte.
  void feed(ByteView bytes, WallTime now, HarMessageList& list);
  void miss(const session::BytesMissed& missed, WallTime now, HarMessageList& list);

  struct Close {
    ws::CloseBody body;
    WallTime at;
  };
  const std::optional<Close>& close() const { return close_; }
  // Where bytes began that are no frames: nothing is read from there on.
  std::optional<std::uint64_t> lost_at() const { return lost_at_; }
  // Whether there is a message that has begun and not ended.
  bool is_mid_message() const { return message_.has_value(); }

 private:
  class Inflated;

  struct Message {
    ws::Opcode opcode;
    bool is_compressed = false;
    bool is_kept = true;
    std::string content{};
    std::uint64_t size = 0;  // of the content; where it is not known, of the payload
  };

  void begin_frame(const ws::FrameHeader& header);
  bool is_readable(const ws::FrameHeader& header) const;
  void take(const ws::PayloadPart& part, HarMessageList& list);
  void end_frame(WallTime now, HarMessageList& list);
  void end_message(WallTime now, HarMessageList& list);
  void keep(ByteView content, HarMessageList& list);
  void drop(HarMessageList& list);

  Direction direction_;
  ws::FrameParser parser_;
  ws::NegotiatedExtensions extensions_;
  std::unique_ptr<ws::Inflater> inflater_;
  ws::FrameHeader header_;  // of the frame in hand
  std::optional<Message> message_;
  std::string control_;  // of a Close in hand
  bool is_control_missing_ = false;
  std::optional<Close> close_;
  std::uint64_t offset_ = 0;  // of the bytes in hand, behind the head
  std::optional<std::uint64_t> lost_at_;
  std::string plain_;  // a part, unmasked
};

}  // namespace lastframe::capture
