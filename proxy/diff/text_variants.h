// What a text becomes where a hop encodes it anew, as digests: known at one tap, looked for at the
// other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "diff/trace.h"

namespace lastframe::diff {

std::uint64_t digest_of(std::string_view bytes);

// Each byte as the character of its number (ISO 8859-1), in UTF-8.
std::string latin1_as_utf8(std::string_view bytes);

// Characters up to U+00FF as one byte each. No value: there are others, or it is no UTF-8.
std::optional<std::string> utf8_as_latin1(std::string_view text);

// No value: nothing of this kind can happen to the text.
std::optional<TextVariants> variants_of(std::string_view text);

}  // namespace lastframe::diff
