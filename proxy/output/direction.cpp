#include "output/direction.h"

#include <cstddef>
#include <vector>

#include "core/base/ascii.h"
#include "output/columns.h"

namespace lastframe::output {
namespace {

constexpr std::string_view kIsolate = "\u2066";
constexpr std::string_view kPopIsolate = "\u2069";

enum class Strength : unsigned char { left_to_right, right_to_left, neutral };

// Blocks of Hebrew, Arabic and their neighbours and presentation forms.
bool is_right_to_left(char32_t c) {
  return (c >= 0x0590 && c <= 0x08FF) || (c >= 0xFB1D && c <= 0xFDFF) ||
         (c >= 0xFE70 && c <= 0xFEFE);
}

// Digits count as left to right: a code is kept together with the name beside it.
Strength strength_of(char32_t c) {
  if (c < 0x80) {
    return is_alphanumeric(static_cast<char>(c)) ? Strength::left_to_right : Strength::neutral;
  }
  if (is_right_to_left(c)) return Strength::right_to_left;
  const bool is_punctuation = c < 0xC0 || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x2BFF) ||
                              (c >= 0x3000 && c <= 0x303F);
  return is_punctuation ? Strength::neutral : Strength::left_to_right;
}

// What belongs to a word though it is no letter: "--lang", "/chat", "$http_upgrade", "100%".
bool sticks_before(char c) { return std::string_view("-/.$_@#+~<").contains(c); }
bool sticks_behind(char c) { return std::string_view("%*/+_>").contains(c); }

// The brackets that are open within a run.
class Brackets {
 public:
  // False for a bracket that closes what the run has not opened.
  bool take(char c) {
    if (c == '(' || c == '[' || c == '{') open_.push_back(c);
    const char opener = c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : '\0';
    if (opener == '\0') return true;
    if (open_.empty() || open_.back() != opener) return false;
    open_.pop_back();
    return true;
  }
  bool are_paired() const { return open_.empty(); }

 private:
  std::vector<char> open_;
};

// Of the run that begins with a letter or digit at the front of `text`: up to its last letter,
// digit or closing bracket with which all brackets are in pairs.
std::size_t run_size(std::string_view text) {
  Brackets brackets;
  std::size_t size = 0;
  std::size_t at = 0;
  std::size_t first_word = 0;  // its end: a run is never shorter
  while (at < text.size()) {
    const Character character = first_character(text.substr(at));
    const Strength strength = strength_of(character.code_point);
    if (strength == Strength::right_to_left) break;
    const char c = character.bytes.front();
    if (!brackets.take(c)) break;
    if (strength == Strength::neutral && first_word == 0) first_word = at;
    at += character.bytes.size();
    const bool is_inside_word = strength == Strength::left_to_right || sticks_behind(c);
    const bool is_closing = c == ')' || c == ']' || c == '}';
    if ((is_inside_word || is_closing) && brackets.are_paired()) size = at;
  }
  return size == 0 ? (first_word == 0 ? at : first_word) : size;
}

}  // namespace

std::string_view line_begin(Writing writing) {
  return writing == Writing::right_to_left ? "\u200F" : "";
}

std::string directed(std::string_view text, Writing writing) {
  return writing == Writing::right_to_left ? isolated(text) : std::string(text);
}

bool has_right_to_left(std::string_view text) {
  while (!text.empty()) {
    const Character character = first_character(text);
    if (is_right_to_left(character.code_point)) return true;
    text.remove_prefix(character.bytes.size());
  }
  return false;
}

std::string isolated(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character character = first_character(text.substr(at));
    if (strength_of(character.code_point) != Strength::left_to_right) {
      out += character.bytes;
      at += character.bytes.size();
      continue;
    }
    std::string before;  // punctuation that belongs to the word
    while (!out.empty() && sticks_before(out.back())) {
      before.insert(before.begin(), out.back());
      out.pop_back();
    }
    const std::size_t size = run_size(text.substr(at));
    out.append(kIsolate).append(before).append(text.substr(at, size)).append(kPopIsolate);
    at += size;
  }
  return out;
}

}  // namespace lastframe::output
