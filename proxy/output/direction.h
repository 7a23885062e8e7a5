// Right-to-left text on a terminal. Text is kept and printed in logical order; marks tell a
// terminal that knows the Unicode Bidirectional Algorithm (UAX #9) what belongs together.
#pragma once

#include <string>
#include <string_view>

namespace lastframe::output {

enum class Writing : unsigned char { left_to_right, right_to_left };

// What a line of a terminal begins with: nothing, or U+200F RIGHT-TO-LEFT MARK, which has it laid
// out from the right.
std::string_view line_begin(Writing writing);

// Whether there is a letter of a script that is written from right to left.
bool has_right_to_left(std::string_view text);

// `text` with each run of left-to-right characters (codes, English names, settings) between
// U+2066 LEFT-TO-RIGHT ISOLATE and U+2069 POP DIRECTIONAL ISOLATE, so that numbers and brackets
// stay where they are. A run goes on over blanks and punctuation up to the next right-to-left
// letter, as long as its brackets are in pairs. To be called for one line: a line's isolates end
// with it.
std::string isolated(std::string_view text);

// isolated(), where the line around it is written from the right; else `text` as it is.
std::string directed(std::string_view text, Writing writing);

}  // namespace lastframe::output
