// How alike two texts are: what `lastframe lookup` ranks by.
#pragma once

#include <string>
#include <string_view>

namespace lastframe::output {

// `text` as it is compared: in lower case, its words with one blank between them, no punctuation.
std::string words_of(std::string_view text);

// From 0 (nothing in common) to kLikenessOfEquals. `asked` is what somebody pasted or typed, maybe
// with a typo or with more around it; `known` is what might be meant. In steps: equal; one is a
// part of the other, the better the less is left over; they share words, some of them mistyped.
unsigned likeness(std::string_view asked, std::string_view known);

inline constexpr unsigned kLikenessOfEquals = 100;
inline constexpr unsigned kLikenessOfParts = 60;  // at least this: one text is a part of the other

}  // namespace lastframe::output
