#include "core/ws/utf8.h"

#include <simdjson.h>

#include <cstddef>

namespace lastframe::ws {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Sequence {
  std::size_t length;  // bytes of the sequence, or of the longest part that could begin one
  bool is_whole;
};

// The range that the second byte must lie in keeps overlong forms, surrogates and values above
// U+10FFFF out (RFC 3629 section 4).
Sequence sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  if (first < 0x80) return {1, true};
  if (first < 0xC2 || first > 0xF4) return {1, false};
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i == text.size() || byte(at + i) < low || byte(at + i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string with_replacements(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const Sequence sequence = sequence_at(text, at);
    result += sequence.is_whole ? text.substr(at, sequence.length) : kReplacement;
    at += sequence.length;
  }
  return result;
}

}  // namespace lastframe::ws
