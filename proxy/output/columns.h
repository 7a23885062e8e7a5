// How wide a text is on a terminal, and where its lines may end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::output {

inline constexpr std::size_t kPageWidth = 80;  // columns

// A character and the bytes that it is written with.
struct Character {
  char32_t code_point = 0;
  std::string_view bytes;
};

// The one that `text`, which is not empty, begins with. A byte that is not UTF-8 is U+FFFD.
Character first_character(std::string_view text);

// Columns that `text` takes: none for combining marks and for marks of direction, one for any other
// character. Wide characters of East Asia are counted as one: no text of ours has them.
std::size_t columns(std::string_view text);

// `text` with blanks behind it up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

// `text` cut between words into lines of at most `width` columns; a longer word has a line of its
// own. At least one line. The lines are views into `text`.
std::vector<std::string_view> wrapped(std::string_view text, std::size_t width);

}  // namespace lastframe::output
