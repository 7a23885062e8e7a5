// Colours of lines for people: on a terminal only, and one meaning each.
#pragma once

#include <string>
#include <string_view>

#include "core/ws/close_code.h"

namespace lastframe::output {

enum class Colour : bool { off, on };

// On for a terminal, unless NO_COLOR is set to anything (no-color.org).
Colour colour_for(bool is_terminal);

enum class Style : unsigned char { good, odd, bad, strong, dim };

// `text` in its style; unchanged with colours off. `text` is padded before, not after.
std::string painted(std::string_view text, Style style, Colour colour);

// Good: a clean 1000, 1001 or 1005. Odd: a clean close with another code. Bad: all else.
Style style_of(ws::CloseCode code, bool is_clean);

}  // namespace lastframe::output
