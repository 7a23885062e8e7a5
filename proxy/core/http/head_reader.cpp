#include "core/http/head_reader.h"

#include <algorithm>
#include <optional>

#include "core/http/head.h"

namespace lastframe::http {
namespace {

// Longer than every registered method (the longest has 17 letters).
constexpr std::size_t kLongestMethod = 32;

// Where the head ends: behind the first empty line. The search begins at `from`.
std::optional<std::size_t> end_of_head(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('\n', from); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    const std::string_view next = text.substr(at + 1, 2);
    if (next.starts_with('\n')) return at + 2;
    if (next == "\r\n") return at + 3;
  }
  return std::nullopt;
}

}  // namespace

// A response begins with "HTTP/"; a request with a method and a space, and its first line ends in a
// version. Judged as soon as the bytes allow, so that a stream that is something else is not held.
// `judged`: so many bytes were found good before; they are not searched again, for a head that
// comes byte by byte must not cost the square of its length.
bool HeadReader::can_begin_head(std::string_view text, std::size_t judged) {
  if (has_start_line_) return true;
  if (kind_ == MessageKind::response) {
    constexpr std::string_view kStart = "HTTP/";
    return kStart.starts_with(text.substr(0, kStart.size()));
  }
  const auto method_end =
      std::ranges::find_if_not(text.substr(0, kLongestMethod), is_token_character);
  const auto method_size = static_cast<std::size_t>(method_end - text.begin());
  if (method_size < text.size() && (method_size == 0 || text[method_size] != ' ')) return false;
  const std::size_t line_end = text.find('\n', judged);
  if (line_end == std::string_view::npos) return true;
  has_start_line_ = text.substr(0, line_end).rfind(" HTTP/") != std::string_view::npos;
  return has_start_line_;
}

HeadResult HeadReader::read(ByteView& input) {
  if (kept_.empty()) {
    const auto start = std::ranges::find_if(
        input, [](std::byte b) { return b != std::byte{'\r'} && b != std::byte{'\n'}; });
    input = input.subspan(static_cast<std::size_t>(start - input.begin()));
    if (input.empty()) return NeedMore{};
    const std::string_view text = as_text(input);
    if (!can_begin_head(text, 0)) return NotHttp{};
    if (const auto end = end_of_head(text.substr(0, limit_), 0)) {
      has_start_line_ = false;
      input = input.subspan(*end);
      return CompleteHead{text.substr(0, *end)};
    }
    if (text.size() >= limit_) return NotHttp{.is_too_long = true};
    kept_ = text;
    input = {};
    return NeedMore{};
  }
  const std::size_t before = kept_.size();
  const std::size_t taken = std::min(input.size(), limit_ - before);
  kept_ += as_text(input.first(taken));
  const auto give_up = [&](NotHttp why) {
    kept_.resize(before);
    return why;
  };
  if (!can_begin_head(kept_, before)) return give_up({});
  // An empty line may have begun in the last two bytes of what was kept.
  if (const auto end = end_of_head(kept_, before < 2 ? 0 : before - 2)) {
    has_start_line_ = false;
    input = input.subspan(*end - before);
    kept_.resize(*end);
    completed_ = std::move(kept_);
    kept_.clear();
    return CompleteHead{completed_};
  }
  if (kept_.size() >= limit_) return give_up({.is_too_long = true});
  input = {};
  return NeedMore{};
}

}  // namespace lastframe::http
