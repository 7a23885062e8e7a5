// A frame header in words, as the details of a broken rule.
#pragma once

#include <string>

#include "core/ws/frame.h"
#include "core/ws/rule.h"

namespace lastframe::ws {

// "RSV1, opcode 8", "Ping of 300 bytes", "5 bytes in a 64-bit length". Empty where the rule says
// all there is to say.
std::string fault_words(Rule rule, const FrameHeader& header);

// A header as it stands on the wire, 2 to 14 bytes.
std::string header_bytes(const FrameHeader& header);

}  // namespace lastframe::ws
