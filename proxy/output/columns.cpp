#include "output/columns.h"

#include <algorithm>
#include <array>

namespace lastframe::output {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Combining marks and format characters (Unicode 15, general categories Mn, Me and Cf) of the
// scripts that the catalogue is written in; in ascending order.
constexpr auto kZeroWide = std::to_array<Range>({
    {0x00AD, 0x00AD}, {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x05BF, 0x05BF},
    {0x05C1, 0x05C2}, {0x05C4, 0x05C5}, {0x05C7, 0x05C7}, {0x0610, 0x061A}, {0x061C, 0x061C},
    {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4}, {0x06E7, 0x06E8},
    {0x06EA, 0x06ED}, {0x08CA, 0x08E1}, {0x08E3, 0x08FF}, {0x1AB0, 0x1ACE}, {0x1DC0, 0x1DFF},
    {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0x20D0, 0x20F0}, {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
});

bool is_zero_wide(char32_t code_point) {
  const auto* range = std::ranges::lower_bound(kZeroWide, code_point, {}, &Range::last);
  return range != kZeroWide.end() && range->first <= code_point;
}

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const Character broken{U'\uFFFD', text.substr(0, 1)};
  if (lead < 0x80) return {lead, text.substr(0, 1)};
  if (lead < 0xC2 || lead > 0xF4) return broken;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < size || !std::ranges::all_of(text.substr(1, size - 1), is_continuation)) {
    return broken;
  }
  char32_t code_point = lead & (0x7Fu >> size);
  for (const char c : text.substr(1, size - 1)) {
    code_point = code_point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  return {code_point, text.substr(0, size)};
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (!is_zero_wide(character.code_point)) ++count;
    text.remove_prefix(character.bytes.size());
  }
  return count;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

std::vector<std::string_view> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;  // of the line
  std::size_t end = 0;    // of the line, as far as it is full
  std::size_t taken = 0;  // columns of it
  while (end < text.size()) {
    const std::size_t word_begin = end == begin ? begin : end + 1;
    const std::size_t word_end = std::min(text.find(' ', word_begin), text.size());
    const std::size_t word = columns(text.substr(word_begin, word_end - word_begin));
    if (end > begin && taken + 1 + word > width) {
      lines.push_back(text.substr(begin, end - begin));
      begin = end = word_begin;
      taken = 0;
      continue;
    }
    taken += word + (end > begin ? 1 : 0);
    end = word_end;
    if (end == begin) ++begin, ++end;  // a blank at the beginning of a line
  }
  if (end > begin || lines.empty()) lines.push_back(text.substr(begin, end - begin));
  return lines;
}

}  // namespace lastframe::output
