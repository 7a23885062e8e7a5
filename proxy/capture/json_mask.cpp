#include "capture/json_mask.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "core/base/words.h"

namespace lastframe::capture {
namespace {

// RFC 8259 section 2.
bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

}  // namespace

void JsonMask::apply(std::span<std::byte> text) {
  for (std::byte& byte : text) {
    const char plain = static_cast<char>(std::to_integer<unsigned char>(byte));
    byte = static_cast<std::byte>(next(plain));
    backslashes_ = plain == '\\' ? backslashes_ + 1 : 0;
  }
}

char JsonMask::next(char byte) {
  if (at_ == At::named && !is_blank(byte)) {
    at_ = byte == ':' ? At::value : At::outside;
    if (at_ == At::value) return byte;
  }
  if (at_ == At::value && !is_blank(byte) && byte != '\\') {
    at_ = At::hidden;
    nesting_ = 0;
    string_depth_ = -1;
  }
  return at_ == At::hidden ? hide(byte) : outside(byte);
}

char JsonMask::outside(char byte) {
  if (byte != '"') {
    if (name_.size() <= kLongestName) name_ += byte;
    return byte;
  }
  const int depth = std::countr_one(backslashes_);
  if (depth == quote_depth_ && is_hidden_name()) at_ = At::named;
  quote_depth_ = depth;
  name_.clear();
  return byte;
}

char JsonMask::hide(char byte) {
  if (byte == '\\') return byte;
  if (byte == '"') {
    const int depth = std::countr_one(backslashes_);
    if (string_depth_ < 0) {
      string_depth_ = depth;
    } else if (depth <= string_depth_) {
      if (nesting_ == 0 || depth < string_depth_) at_ = At::outside;
      string_depth_ = -1;
    } else {
      return 'x';
    }
    quote_depth_ = depth;
    name_.clear();
    return byte;
  }
  if (string_depth_ >= 0) return 'x';
  switch (byte) {
    case '{':
    case '[':
      ++nesting_;
      return byte;
    case '}':
    case ']':
      // That of the value, or of what stands around a number or a word.
      if (nesting_ <= 1) at_ = At::outside;
      if (nesting_ > 0) --nesting_;
      return byte;
    case ',':
      if (nesting_ == 0) at_ = At::outside;
      return byte;
    case ':':
      return byte;
    default:
      return is_blank(byte) ? byte : '0';
  }
}

bool JsonMask::is_hidden_name() const {
  if (name_.size() > kLongestName) return false;
  std::string name = in_lower_case(name_);
  name.resize(name.find_last_not_of('\\') + 1);  // of the quote behind it
  return std::ranges::any_of(
      *members_, [&](const std::string& member) { return in_lower_case(member) == name; });
}

}  // namespace lastframe::capture
