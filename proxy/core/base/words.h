// Other people's words in our messages: quoted so that they cannot disturb a terminal or a log,
// and the nearest known word for one that was probably mistyped. Sizes in words.
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

// "1 byte", "157 bytes".
std::string in_bytes(std::uint64_t size);

}  // namespace lastframe
