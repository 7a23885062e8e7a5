// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <string>
#include <string_view>

namespace lastframe::ws {

bool is_valid_utf8(std::string_view text);

// `text` with each ill-formed part replaced by U+FFFD (one for each maximal subpart, as the Unicode
// Standard recommends in section 3.9); valid text comes back unchanged.
std::string with_replacements(std::string_view text);

}  // namespace lastframe::ws
