// An example as people read it: its lines, and below each frame header what its bits say.
#pragma once

#include <string>

#include "output/colour.h"
#include "output/rule_examples.h"

namespace lastframe::output {

// The example's lines, two columns in. The header of the only frame is drawn, byte by byte:
//
//   client 81 02 68 69
//          |  |  `- payload "hi"
//          |  `- MASK 0, length 2
//          `- FIN 1, RSV 000, opcode 1 text
//
// Of several frames, each has the same words in one line below it. A line of hex digits is expected
// to hold one frame's header from its beginning, or payload only. What follows a frame's payload
// within one line, and text where a frame should begin, gets no label.
std::string example_text(const Example& example, Colour colour);

}  // namespace lastframe::output
