// Cuts a stream of bytes into lines, without copying them and in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace lastframe::report {

class LineBuffer {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{4} << 20;  // bytes

  struct Line {
    std::string_view text;  // without its end; kPadding bytes behind it are readable
    std::uint64_t number = 0;
    bool is_too_long = false;  // then `text` is only its beginning
    bool has_end = true;       // false: the stream stops within it

    bool operator==(const Line&) const = default;
  };

  LineBuffer();

  // Where the next bytes are to be read to; never empty. Lines that were taken are gone then.
  std::span<char> space();
  void filled(std::size_t bytes);
  // No more bytes come.
  void finish() { is_finished_ = true; }

  // The next line; nothing where more bytes are needed, or at the end.
  std::optional<Line> next();

 private:
  std::optional<Line> rest();

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;  // begin_ <= looked_at_ <= end_ <= capacity
  std::size_t looked_at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t lines_ = 0;
  bool is_skipping_ = false;  // within a line that was too long
  bool is_finished_ = false;
};

}  // namespace lastframe::report
