// Cuts one direction's bytes into what a recording keeps of them: headers and sizes, or all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "capture/digest.h"
#include "capture/flight_options.h"
#include "capture/json_mask.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/ws/frame.h"

namespace lastframe::capture {

class FrameCutter {
 public:
  // Bytes that belong together: of one frame, whole or a part.
  struct Piece {
    bool is_frame_start = false;
    std::uint64_t stream_bytes = 0;
    std::string body;  // as append_input() writes it; more entries of the same moment behind
  };

  explicit FrameCutter(Direction direction) : direction_(direction) {}

  // Whether the direction stands between frames.
  bool is_between_frames() const { return !is_in_payload_ && header_size_ == 0; }

  // Takes bytes off the front of `input`, at least one, and overwrites `piece`. False: they are
  // kept back until more come.
  bool next(ByteView& input, const FlightOptions& options, Piece& piece);
  // What was kept back until more of its frame comes, as far as it is there. False: nothing was.
  bool rest(Piece& piece);

 private:
  void take_header(ByteView& input, const FlightOptions& options);
  void begin_frame(const ws::FrameHeader& header, const FlightOptions& options);
  void take_payload(ByteView& input, bool has_header_due, Piece& piece);
  std::string hidden(ByteView payload) const;
  void digest(ByteView masked);
  void say_missed(bool is_frame_over, Piece& piece);

  std::uint64_t payload_left_ = 0;
  std::uint64_t payload_at_ = 0;  // of the frame
  std::uint64_t missed_ = 0;      // payload that was not kept and not told of yet
  Digest digest_;
  std::unique_ptr<JsonMask> mask_;  // of the message that is open; null: nothing is hidden in it
  bool is_digesting_ = false;
  std::array<std::byte, 14> header_{};
  std::uint8_t header_size_ = 0;  // of a header that comes in parts
  std::uint8_t header_told_ = 0;  // of them, in pieces before
  ws::MaskingKey key_{};
  bool is_masked_ = false;
  bool is_close_ = false;
  bool is_in_payload_ = false;
  bool keeps_frame_ = false;    // its payload
  bool hides_members_ = false;  // in this frame
  Direction direction_;
};

}  // namespace lastframe::capture
