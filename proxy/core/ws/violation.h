// A broken rule, and exactly where.
#pragma once

#include <cstdint>

#include "core/base/endpoint.h"
#include "core/ws/rule.h"

namespace lastframe::ws {

struct Violation {
  Rule rule = Rule::client_frame_unmasked;
  Endpoint side = Endpoint::client;  // who broke it, as seen at this tap
  std::uint64_t frame = 0;           // counts from 1 in each direction
  std::uint64_t offset = 0;          // of the frame's first byte, behind the handshake head

  bool operator==(const Violation&) const = default;
};

}  // namespace lastframe::ws
