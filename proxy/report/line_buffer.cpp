#include "report/line_buffer.h"

#include <algorithm>
#include <cstring>

#include "report/record_parser.h"

namespace lastframe::report {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kCapacity = LineBuffer::kLongestLine + kBlock;

}  // namespace

LineBuffer::LineBuffer() : bytes_(std::make_unique<char[]>(kCapacity + RecordParser::kPadding)) {}

std::span<char> LineBuffer::space() {
  if (begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    looked_at_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  return {bytes_.get() + end_, std::min(kBlock, kCapacity - end_)};
}

void LineBuffer::filled(std::size_t bytes) { end_ += bytes; }

std::optional<LineBuffer::Line> LineBuffer::next() {
  while (true) {
    const char* const from = bytes_.get() + looked_at_;
    const void* const found = std::memchr(from, '\n', end_ - looked_at_);
    if (found == nullptr) return rest();
    const std::size_t begin = begin_;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.get());
    begin_ = looked_at_ = at + 1;
    if (is_skipping_) {
      is_skipping_ = false;
      continue;
    }
    return Line{{bytes_.get() + begin, at - begin}, ++lines_};
  }
}

// What is there without an end of line.
std::optional<LineBuffer::Line> LineBuffer::rest() {
  const std::string_view text(bytes_.get() + begin_, end_ - begin_);
  looked_at_ = end_;
  if (is_skipping_) {
    begin_ = end_;
    return std::nullopt;
  }
  if (text.size() > kLongestLine) {
    begin_ = end_;
    is_skipping_ = true;
    return Line{.text = text, .number = ++lines_, .is_too_long = true};
  }
  if (!is_finished_ || text.empty()) return std::nullopt;
  begin_ = end_;
  return Line{.text = text, .number = ++lines_, .has_end = false};
}

}  // namespace lastframe::report
