// Keeps the first bytes from the places where a direction went wrong, until they can be recognised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/session/report.h"
#include "core/ws/frame.h"

namespace lastframe::session {

// The bytes of one direction from one place on, as many as recognising wants to see.
struct Excerpt {
  std::uint64_t offset = 0;  // of the first one, behind the handshake head
  std::uint64_t frame = 0;
  std::string bytes;
};

class StrayWatch {
 public:
  // Bytes of the stream from `at` on; excerpts that are not full take what they do not have yet.
  void take(ByteView bytes, std::uint64_t at);

  // A response of HTTP may begin here, within a frame's payload. Counts when the frame turns out to
  // be cut short by it; forgotten when the next frame begins as it should.
  void begin_interruption(Excerpt excerpt);
  void forget_interruption();
  bool has_interruption() const { return interruption_.has_value(); }
  // No frame begins here.
  void begin_break(Excerpt excerpt);
  // Frames were found again at this place.
  void end_break(std::uint64_t offset);
  // Text that is not UTF-8 begins here, within a frame's payload.
  struct TextFault {
    Excerpt excerpt;
    std::uint64_t payload_offset;
    std::uint64_t payload_left;  // bytes of the frame's payload from there on
    std::optional<ws::MaskingKey> key;
  };
  void begin_text_fault(TextFault fault);

  // What was seen. `end`: how many bytes the direction had. `is_cut`: it ended inside a frame.
  void report(Endpoint side, std::uint64_t end, bool is_cut, std::vector<StraySeen>& seen) const;

 private:
  std::optional<Excerpt> interruption_;
  std::optional<Excerpt> break_;            // the first one
  std::optional<std::uint64_t> break_end_;  // where it was over
  std::optional<TextFault> text_fault_;     // the first one
};

}  // namespace lastframe::session
