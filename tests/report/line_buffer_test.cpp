#include "report/line_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lastframe::report {
namespace {

// The lines of `text`, given in parts of `part` bytes.
std::vector<std::string> lines_of(const std::string& text, std::size_t part,
                                  std::vector<LineBuffer::Line>* kept = nullptr) {
  LineBuffer buffer;
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = buffer.next()) {
      lines.push_back(std::string(line->text));
      if (kept != nullptr) kept->push_back(*line);
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto space = buffer.space();
    const std::size_t size = std::min({part, space.size(), text.size() - at});
    std::copy_n(text.data() + at, size, space.data());
    buffer.filled(size);
    at += size;
    take();
  }
  buffer.finish();
  take();
  return lines;
}

TEST_CASE("lines are the same however the bytes come") {
  const std::string text = "one\n\nthree\r\n four";
  for (std::size_t part = 1; part <= text.size(); ++part) {
    CAPTURE(part);
    std::vector<LineBuffer::Line> kept;
    CHECK(lines_of(text, part, &kept) == std::vector<std::string>{"one", "", "three\r", " four"});
    REQUIRE(kept.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(kept[i].number == i + 1);
      CHECK(kept[i].has_end == (i < 3));
      CHECK_FALSE(kept[i].is_too_long);
    }
  }
  CHECK(lines_of("", 1).empty());
  CHECK(lines_of("a\n", 1) == std::vector<std::string>{"a"});
}

TEST_CASE("a line that is too long is one line, and those behind it are read") {
  const std::string text =
      "a\n" + std::string(3 * LineBuffer::kLongestLine, 'x') + "\nb\n" + std::string(100, 'c');
  std::vector<LineBuffer::Line> kept;
  const auto lines = lines_of(text, std::size_t{1} << 20, &kept);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "a");
  CHECK(kept[1].is_too_long);
  CHECK(lines[1].size() <= 2 * LineBuffer::kLongestLine);
  CHECK(lines[2] == "b");
  CHECK(kept[2].number == 3);
  CHECK(lines[3] == std::string(100, 'c'));
}

}  // namespace
}  // namespace lastframe::report
