// Makes a DirectionTrace of the bytes behind an opening handshake, in whatever parts they come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "capture/digest.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/input.h"
#include "core/ws/extensions.h"
#include "core/ws/frame_parser.h"
#include "core/ws/inflate_pool.h"
#include "core/ws/inflater.h"
#include "core/ws/resynchroniser.h"
#include "diff/trace.h"

namespace lastframe::diff {

class DirectionCollector {
 public:
  // `trace` and `pool` outlive the collector.
  DirectionCollector(Direction direction, const ws::NegotiatedExtensions& negotiated,
                     ws::InflatePool& pool, DirectionTrace& trace);

  // Frames are looked for: the stream is not known from its beginning.
  void begin_inside();
  void take(Moment now, ByteView bytes);
  void miss(Moment now, const session::BytesMissed& missed);
  // Nothing more comes: what is held back or incomplete becomes an item.
  void finish();

 private:
  enum class Place : unsigned char {
    frames,
    doubt,  // behind a header that is not ordinary: held_ is that header and what follows
    stray,  // among bytes that are no frames: held_ is how they begin
    lost    // behind unseen bytes: where frames begin is not known
  };

  // A message or a control frame that is not complete.
  struct Open {
    // Elsewhere: clang knows the initializers below only behind the class.
    Open();

    Item item;
    capture::Digest wire;
    capture::Digest plain;  // of what is inflated
    capture::Digest shape;  // of its frames' lengths and digests
    std::string sample;
    std::string text;  // whole, of a text that may have variants
    bool is_wire_known = true;
    bool is_content_known = true;
    bool is_shape_known = true;
    bool is_text_whole = true;
  };
  class Inflated;

  void feed(ByteView input);
  void parse(ByteView& input);
  unsigned faults(const ws::FrameHeader& header) const;
  void begin_doubt(const ws::FrameHeader& header);
  void resolve_doubt();
  bool is_followed_by_a_frame(const ws::FrameHeader& header) const;
  void begin_search(Place place, std::uint64_t from, ByteView first);
  void search(ByteView& input);
  void await_expected_end(ByteView& input);
  void settle_expected_end();
  bool begins_with_frame(ByteView bytes) const;
  void end_search(std::uint64_t size);
  void finish_search();
  std::optional<std::size_t> frames_at_the_end() const;
  void push_gap(std::uint64_t count);

  void begin_frame(const ws::FrameHeader& header);
  void begin_open(std::optional<Open>& open, const ws::FrameHeader& header);
  void take_payload(const ws::PayloadPart& part);
  void take_plain(ByteView plain);
  void take_content(Open& open, ByteView content);
  void miss_payload(const session::BytesMissed& missed);
  void end_frame();
  void complete(std::optional<Open>& open);
  void give_up(std::optional<Open>& open);
  void push(Open& open);
  void keep_text(Open& open);
  std::optional<Open>& current() { return is_control_ ? control_ : message_; }

  DirectionTrace& trace_;
  ws::InflatePool& pool_;
  ws::NegotiatedExtensions negotiated_;
  std::optional<ws::Inflater> inflater_;
  ws::FrameParser parser_;
  std::unique_ptr<ws::Resynchroniser> resynchroniser_;
  std::optional<Open> message_;
  std::optional<Open> control_;
  capture::Digest frame_digest_;
  std::optional<std::uint64_t> given_digest_;  // of the frame in hand
  ws::FrameHeader doubted_;
  std::string held_;
  std::size_t expected_end_ = 0;  // of stray bytes, behind held_from_; 0: not known
  std::uint64_t held_from_ = 0;   // where held_ begins, of the direction's bytes
  std::uint64_t searched_ = 0;    // bytes in which frames were looked for
  std::uint64_t parsed_ = 0;      // bytes that the parser took, or that were stray or unseen
  Moment now_{};
  Moment held_since_{};
  Direction direction_;
  Place place_ = Place::frames;
  unsigned tolerated_ = 0;         // faults of headers that were headers all the same
  bool is_next_believed_ = false;  // a search has found the next header
  bool is_control_ = false;
  bool is_frame_known_ = true;  // all payload of the frame in hand was seen
  bool is_over_ = false;        // kMostFrames are reached
};

}  // namespace lastframe::diff
