// Which rules a frame header breaks, given who sent it and what came before.
#pragma once

#include <cstdint>

#include "core/base/endpoint.h"
#include "core/ws/frame.h"
#include "core/ws/rule.h"

namespace lastframe::ws {

// What the connection has agreed on and where the direction stands.
struct FrameContext {
  Endpoint sender = Endpoint::client;
  bool is_in_message = false;          // a fragmented message is open
  bool has_deflate = false;            // permessage-deflate was negotiated: RSV1 has a meaning
  bool has_unknown_extension = false;  // RSV bits and reserved opcodes may have a meaning
};

// RFC 7692 section 6: RSV1 on the first frame of a message says that the message is compressed.
constexpr bool may_set_rsv1(const FrameHeader& header, const FrameContext& context) {
  return context.has_deflate && (header.opcode == Opcode::text || header.opcode == Opcode::binary);
}

// The header of nearly every frame: known opcode, masked as the role demands, no reserved bit but
// those of `allowed_rsv`, a minimal length, control frames short and whole. Only the order of
// messages is left to judge.
constexpr bool is_ordinary(const FrameHeader& header, Endpoint from, unsigned allowed_rsv = 0) {
  return (header.rsv & ~allowed_rsv) == 0 && !is_reserved(header.opcode) &&
         header.masking_key.has_value() == (from == Endpoint::client) &&
         has_minimal_length(header) && (header.payload_length >> 63) == 0 &&
         (!is_control(header.opcode) ||
          (header.fin && header.payload_length <= kLongestControlPayload));
}

// Likewise, with RSV1 where it has a meaning.
constexpr bool is_ordinary(const FrameHeader& header, const FrameContext& context) {
  return is_ordinary(header, context.sender, may_set_rsv1(header, context) ? kRsv1 : 0u);
}

// Every rule that this header breaks.
RuleSet broken_rules(const FrameHeader& header, const FrameContext& context);

// `broken`: its broken_rules(). Whether a header says "what follows is probably no frame": the
// direction is untrusted from there, so that one fault is not followed by thousands of false ones.
// FR-03, FR-04 and FR-06 say so. Not so a frame that is ordinary but for a misplaced RSV1 where
// permessage-deflate was negotiated: a compressor that marks too much still cuts its frames where
// they say.
bool ends_trust(const RuleSet& broken, const FrameHeader& header, const FrameContext& context);

}  // namespace lastframe::ws
