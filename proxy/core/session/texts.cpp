#include "core/session/texts.h"

#include <cassert>

namespace lastframe::session {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::size_t kEntryHead = 3;

// Cut before a UTF-8 sequence, never inside one.
std::string_view cut(std::string_view text, std::size_t size) {
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0u) == 0x80u) --size;
  return text.substr(0, size);
}

}  // namespace

void Texts::set(Text which, std::string_view text) {
  assert(!(*this)[which].has_value());
  const bool is_too_long = text.size() > kLongest;
  const std::string_view kept = is_too_long ? cut(text, kLongest - kEllipsis.size()) : text;
  const std::size_t size = kept.size() + (is_too_long ? kEllipsis.size() : 0);
  store_ += static_cast<char>(which);
  store_ += static_cast<char>(size >> 8);
  store_ += static_cast<char>(size & 0xFFu);
  store_ += kept;
  if (is_too_long) store_ += kEllipsis;
}

void Texts::replace(Text which, std::string_view text) {
  if (const auto before = (*this)[which]) {
    const auto at = static_cast<std::size_t>(before->data() - store_.data());
    store_.erase(at - kEntryHead, kEntryHead + before->size());
  }
  set(which, text);
}

std::optional<std::string_view> Texts::operator[](Text which) const {
  std::string_view rest = store_;
  while (rest.size() >= kEntryHead) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    const std::size_t size = std::size_t{byte(1)} << 8 | byte(2);
    if (byte(0) == static_cast<unsigned char>(which)) return rest.substr(kEntryHead, size);
    rest.remove_prefix(kEntryHead + size);
  }
  return std::nullopt;
}

}  // namespace lastframe::session
