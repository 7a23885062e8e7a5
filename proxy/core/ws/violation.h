// A broken rule (or, of an `info` row, something worth knowing), and exactly where.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/endpoint.h"
#include "core/ws/rule.h"

namespace lastframe::ws {

struct Violation {
  Rule rule = Rule::client_frame_unmasked;
  Endpoint side = Endpoint::client;  // who broke it, as seen at this tap
  std::uint64_t frame = 0;           // counts from 1 in each direction; 0 in the handshake
  // Of the fault: of the frame's first byte where its header is at fault, else of the faulty byte.
  // Counts from the first byte behind the handshake head; in the handshake from the connection's
  // first byte.
  std::uint64_t offset = 0;
  std::string detail = {};  // what exactly was seen, a phrase without payload; may be empty
  std::string bytes =
      {};  // the frame's header as on the wire, 14 bytes at most; none in the handshake

  bool operator==(const Violation&) const = default;
};

}  // namespace lastframe::ws
