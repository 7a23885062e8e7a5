// Other people's words in our messages: quoted so that they cannot disturb a terminal or a log,
// and the nearest known word for one that was probably mistyped. Sizes and bytes in words. Letter
// case is that of ASCII, whatever the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lastframe {

// `text` in double quotes. Control characters, quotes, backslashes and bytes that are not UTF-8
// become \xNN; a long text is cut, with its size named.
std::string in_quotes(std::string_view text);

// The same escapes without quotes, for a word that is a key or a name. It is cut behind `most`
// bytes.
std::string printable(std::string_view text, std::size_t most = 80);

// The candidate that `word` was probably meant to be, or "" when none is near: at most one letter
// in three wrong, missing, extra or swapped with its neighbour. Ties go to the first candidate.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

std::string in_lower_case(std::string_view text);

// Whether `part`, in any case, stands anywhere in `text`; nothing stands in every text.
bool contains_ignoring_case(std::string_view text, std::string_view part);

// "1 byte", "157 bytes".
std::string in_bytes(std::uint64_t size);

// "8105"; with a blank between them "81 05".
std::string hex_text(std::string_view bytes, std::string_view between = "");

}  // namespace lastframe
