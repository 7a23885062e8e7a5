// Whole frames as the path test sends and receives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/ws/frame.h"
#include "core/ws/frame_parser.h"

namespace lastframe::probe {

struct Frame {
  ws::FrameHeader header;
  std::string payload;  // in the clear

  bool operator==(const Frame&) const = default;
};

enum class Last : bool { no, yes };  // the FIN bit

// With the shortest form of its length. A client's frame has a masking key, a server's none.
Frame make_frame(ws::Opcode opcode, std::string payload, std::optional<ws::MaskingKey> key,
                 Last last = Last::yes);

// A Close frame's body: two bytes of code, and the reason (RFC 6455 section 5.5.1).
std::string close_body(std::uint16_t code, std::string_view reason);

std::string wire_bytes(const Frame& frame);

// `payload` under a masking key, or what it was before.
std::string masked(std::string_view payload, const ws::MaskingKey& key);

// Cuts a stream into whole frames. Of a payload the first `most_payload` bytes are kept.
class FrameReader {
 public:
  explicit FrameReader(std::size_t most_payload) : most_payload_(most_payload) {}

  // Takes from the front of `input` until a frame is complete, or all of it. No value: more is
  // needed.
  std::optional<Frame> next(ByteView& input);
  bool is_mid_frame() const { return parser_.is_mid_frame(); }

 private:
  ws::FrameParser parser_;
  Frame frame_;
  std::size_t most_payload_;
};

// How a frame stood on the wire: enough to tell whether it is still the same one.
struct FrameForm {
  std::uint8_t first_byte = 0;
  std::optional<ws::MaskingKey> masking_key;
  unsigned length_bytes = 0;  // 0, 2 or 8
  std::uint64_t length = 0;   // of the payload
  std::uint64_t digest = 0;   // of the payload in the clear (capture/digest.h)

  bool operator==(const FrameForm&) const = default;
};

FrameForm form_of(const Frame& frame);
std::vector<FrameForm> forms_of(const std::vector<Frame>& frames);

ws::Opcode opcode_of(const FrameForm& form);
bool is_last(const FrameForm& form);

}  // namespace lastframe::probe
