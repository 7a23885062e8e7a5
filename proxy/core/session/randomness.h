// Tells a string that a machine drew from one that people made up.
#pragma once

#include <string_view>

namespace lastframe::session {

// Whether `piece` (letters, digits and separators such as "-" and "_") has 20 or more characters
// and looks random somewhere: hexadecimal, base 32, 36, 62 or 64. Finds 19 of 20 random strings of
// 20 characters, 99 of 100 of 32 and 998 of 1000 of 43; names, words and numbers of any length
// stay, but for rare ones such as "xmlSecTransformAes128CbcId".
bool looks_random(std::string_view piece);

}  // namespace lastframe::session
