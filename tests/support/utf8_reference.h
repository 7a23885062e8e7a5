// RFC 3629 section 4, written out as it stands there. Slow and plain; what is fast is held against
// it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace lastframe::test {

struct ByteRange {
  unsigned first, last;
};

//   UTF8-1 = %x00-7F
//   UTF8-2 = %xC2-DF UTF8-tail
//   UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /
//            %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
//   UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) /
//            %xF4 %x80-8F 2( UTF8-tail )
//   UTF8-tail = %x80-BF
inline const std::vector<std::vector<ByteRange>>& utf8_characters() {
  static constexpr ByteRange kTail{0x80, 0xBF};
  static const std::vector<std::vector<ByteRange>> kCharacters{
      {{0x00, 0x7F}},
      {{0xC2, 0xDF}, kTail},
      {{0xE0, 0xE0}, {0xA0, 0xBF}, kTail},
      {{0xE1, 0xEC}, kTail, kTail},
      {{0xED, 0xED}, {0x80, 0x9F}, kTail},
      {{0xEE, 0xEF}, kTail, kTail},
      {{0xF0, 0xF0}, {0x90, 0xBF}, kTail, kTail},
      {{0xF1, 0xF3}, kTail, kTail, kTail},
      {{0xF4, 0xF4}, {0x80, 0x8F}, kTail, kTail},
  };
  return kCharacters;
}

// Reads byte by byte, and keeps the alternatives that the bytes of the current character allow.
class Utf8Reference {
 public:
  // False: no valid text goes on with this byte. Then it is at its end.
  bool take(unsigned char byte) {
    const std::vector<std::vector<ByteRange>>& characters = utf8_characters();
    unsigned allowed = 0;
    bool is_whole = false;
    for (std::size_t i = 0; i < characters.size(); ++i) {
      if ((alternatives_ >> i & 1) == 0) continue;
      const ByteRange range = characters[i][size_];
      if (byte < range.first || byte > range.last) continue;
      allowed |= 1u << i;
      is_whole = characters[i].size() == size_ + 1;
    }
    if (allowed == 0) return false;
    alternatives_ = is_whole ? kAll : allowed;
    size_ = is_whole ? 0 : size_ + 1;
    return true;
  }

  bool is_between_characters() const { return size_ == 0; }

 private:
  static constexpr unsigned kAll = 0x1FF;

  unsigned alternatives_ = kAll;
  std::size_t size_ = 0;  // bytes of the current character so far
};

struct Utf8Reading {
  std::optional<std::size_t> fault;   // the place of the first byte that no valid text goes on with
  bool is_between_characters = true;  // at the end; false after a fault

  bool operator==(const Utf8Reading&) const = default;
};

inline Utf8Reading read_utf8(std::string_view text) {
  Utf8Reference reference;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!reference.take(static_cast<unsigned char>(text[i])))
      return {.fault = i, .is_between_characters = false};
  }
  return {.fault = std::nullopt, .is_between_characters = reference.is_between_characters()};
}

}  // namespace lastframe::test
