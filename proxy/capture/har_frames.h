// Frames as the messages of a HAR would have been: each whole in one, masked where a client sends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/ws/frame.h"

namespace lastframe::capture {

// The frames of one connection. Views live until the next call.
class HarFrames {
 public:
  std::string_view frame(Endpoint sender, ws::Opcode opcode, std::string_view payload);
  // The header alone, of a frame whose payload is not known.
  std::string_view header(Endpoint sender, ws::Opcode opcode, std::uint64_t size);

 private:
  ws::MaskingKey next_key();

  std::string bytes_;
  ws::MaskingKey key_{};  // of the frame in hand, where a client sends it
  std::uint64_t state_ = 0;
};

}  // namespace lastframe::capture
