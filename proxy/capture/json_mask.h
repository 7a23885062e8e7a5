// Hides the values of chosen members in JSON that comes in parts, each byte by another, so that
// every length stays.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lastframe::capture {

class JsonMask {
 public:
  // The state within one text; a new one begins with a new mask. `members`: names whose values are
  // hidden, whatever their case; outlives the mask.
  explicit JsonMask(const std::vector<std::string>& members) : members_(&members) {}

  // The next bytes of the text. In hidden values, what stands in strings becomes "x", and numbers
  // and words become "0"; objects, arrays and backslashes keep their form. Total: a name between
  // quotes and a colon are looked for anywhere, so that Socket.IO's numbers before a text, text
  // that is no JSON, and JSON within strings of JSON (SockJS) hide nothing from it.
  void apply(std::span<std::byte> text);

 private:
  // Longer names are nobody's.
  static constexpr std::size_t kLongestName = 256;

  enum class At : unsigned char {
    outside,  // hidden values
    named,    // behind a name in quotes; a colon would make it one
    value,    // of a hidden member, not begun
    hidden    // in it
  };

  char next(char byte);
  char outside(char byte);
  char hide(char byte);
  bool is_hidden_name() const;

  const std::vector<std::string>* members_;
  std::string name_;  // what stands behind the last quote
  At at_ = At::outside;
  // Backslashes right before this byte. Their number says how many strings deep a quote stands: it
  // is that of the ones at the end of it in binary (0, 1, 3 of them: 0, 1, 2 deep; 2: 0 again).
  unsigned backslashes_ = 0;
  int quote_depth_ = -1;     // of the last quote; -1: there was none
  int string_depth_ = -1;    // of the hidden string that we are in; -1: in none
  std::size_t nesting_ = 0;  // of objects and arrays in a hidden value
};

}  // namespace lastframe::capture
