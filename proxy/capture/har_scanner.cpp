#include "capture/har_scanner.h"

#include <algorithm>

namespace lastframe::capture {
namespace {

// Depths: 1 in the root, 2 in "log", 3 in "entries".
constexpr std::uint64_t kEntriesDepth = 3;
constexpr std::size_t kLongestKey = 16;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::optional<HarItem> HarScanner::next(ByteView& input) {
  if (!is_in_item_) item_.clear();
  const std::string_view text = as_text(input);
  std::size_t at = 0;
  std::optional<HarItem> item;
  while (at < text.size() && !item) {
    if (is_in_string_) {
      take_string(text, at);
      continue;
    }
    const char c = text[at];
    const bool ends_scalar = is_in_item_ && depth_ == kEntriesDepth && (c == ',' || c == ']');
    if (ends_scalar) {
      item = end_item();
      break;
    }
    if (is_in_entries_ && !is_in_item_ && c != ',' && c != ']' && !is_space(c)) begin_item();
    if (is_in_item_) keep(text.substr(at, 1));
    take_plain(c);
    ++at;
    ++offset_;
    if (is_in_item_ && depth_ == kEntriesDepth && (c == '}' || c == ']')) item = end_item();
  }
  input = input.subspan(at);
  return item;
}

// Up to the closing quote, which may not be there yet.
void HarScanner::take_string(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && is_in_string_) {
    if (is_escaped_) {
      is_escaped_ = false;
      ++at;
      continue;
    }
    at = std::min(text.find_first_of("\"\\", at), text.size());
    if (at == text.size()) break;
    is_escaped_ = text[at] == '\\';
    is_in_string_ = is_escaped_;
    ++at;
  }
  const std::string_view part = text.substr(begin, at - begin);
  offset_ += part.size();
  if (is_in_item_) return keep(part);
  if (!is_in_key_) return;
  key_ += part.substr(0, kLongestKey - std::min(key_.size(), kLongestKey));
  if (!is_in_string_) is_in_key_ = false;
}

void HarScanner::take_plain(char c) {
  switch (c) {
    case '"':
      return begin_string();
    case '{':
    case '[':
      has_begun_ = true;
      if (c == '{' && depth_ == 1 && key_ == "log\"") is_in_log_ = true;
      if (c == '[' && depth_ == 2 && is_in_log_ && key_ == "entries\"") {
        is_in_entries_ = has_entries_ = true;
      }
      ++depth_;
      deepest_ = std::max(deepest_, depth_);
      is_key_next_ = c == '{';
      return;
    case '}':
    case ']':
      if (depth_ > 0) --depth_;
      if (depth_ < kEntriesDepth) is_in_entries_ = false;
      if (depth_ < 2) is_in_log_ = false;
      if (is_key_watched()) key_.clear();
      return;
    case ',':
      is_key_next_ = is_key_watched();
      return;
    default:
      return;
  }
}

void HarScanner::begin_string() {
  has_begun_ = is_in_string_ = true;
  if (!is_key_watched()) return;
  is_in_key_ = is_key_next_;
  is_key_next_ = false;
  if (is_in_key_) key_.clear();
}

void HarScanner::begin_item() {
  is_in_item_ = true;
  item_offset_ = offset_;
  item_size_ = 0;
  deepest_ = depth_;
}

void HarScanner::keep(std::string_view text) {
  item_size_ += text.size();
  if (item_size_ <= longest_ && deepest_ - kEntriesDepth <= kDeepestHarEntry) {
    item_ += text;
    return;
  }
  std::string().swap(item_);
}

std::optional<HarItem> HarScanner::end_item() {
  is_in_item_ = false;
  HarItem item{.text = item_, .offset = item_offset_, .size = item_size_};
  if (deepest_ - kEntriesDepth > kDeepestHarEntry) item.fault = HarItem::Fault::too_deep;
  if (item_size_ > longest_) item.fault = HarItem::Fault::too_long;
  if (item.fault != HarItem::Fault::none) item.text = {};
  return item;
}

}  // namespace lastframe::capture
