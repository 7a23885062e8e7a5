#include "core/base/words.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe {
namespace {

TEST_CASE("a foreign text is quoted so that it disturbs no terminal and no log") {
  struct Row {
    const char* name;
    std::string_view text;
    std::string_view expected;
  };
  const auto rows = std::to_array<Row>({
      {"plain words stay", "a b.c/d", "\"a b.c/d\""},
      {"nothing", "", "\"\""},
      {"quote and backslash", "a\"b\\", "\"a\\x22b\\x5c\""},
      {"line ends", "a\r\nb", "\"a\\x0d\\x0ab\""},
      {"terminal escape", "\x1b[31m", "\"\\x1b[31m\""},
      {"delete", "\x7f", "\"\\x7f\""},
      {"UTF-8 stays", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
       "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
      {"C1 control in UTF-8", "\xc2\x9b", "\"\\xc2\\x9b\""},
      {"first letter behind the C1 controls", "\xc2\xa0", "\"\xc2\xa0\""},
      {"overlong slash", "\xc0\xaf", "\"\\xc0\\xaf\""},
      {"surrogate", "\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
      {"last before the surrogates", "\xed\x9f\xbf", "\"\xed\x9f\xbf\""},
      {"above U+10FFFF", "\xf4\x90\x80\x80", "\"\\xf4\\x90\\x80\\x80\""},
      {"U+10FFFF", "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""},
      {"cut sequence", "\xe2\x82", "\"\\xe2\\x82\""},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(in_quotes(row.text) == row.expected);
  }
}

TEST_CASE("a text of 80 bytes is shown whole, a longer one is cut and its size named") {
  CHECK(printable(std::string(80, 'a')) == std::string(80, 'a'));
  CHECK(printable(std::string(81, 'a')) == std::string(80, 'a') + "... (81 bytes)");
}

TEST_CASE("the nearest word is suggested for one that was probably mistyped") {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"listen", "upstream", "listeners", "name", "log", "workers"});
  struct Row {
    std::string_view word;
    std::string_view expected;
  };
  const auto rows = std::to_array<Row>({
      {"listen", "listen"},
      {"lisetn", "listen"},
      {"nmae", "name"},
      {"worker", "workers"},
      {"LISTEN", "listen"},
      {"listner", "listen"},
      {"upstraem", "upstream"},
      {"lgo", "log"},
      {"xyz", ""},
      {"", ""},
      {"l", ""},
      {"somethingelse", ""},
  });
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(nearest(row.word, kWords) == row.expected);
  }
  CHECK(nearest(std::string(1 << 20, 'l'), kWords).empty());
  CHECK(nearest("listen", {}).empty());
}

TEST_CASE("letter case is that of ASCII") {
  CHECK(in_lower_case("X-Amzn-Trace-ID") == "x-amzn-trace-id");
  CHECK(in_lower_case("\u00C9TAT") == "\u00C9tat");
  CHECK(contains_ignoring_case("Python/3.11 WebSockets/10.4", " websockets/"));
  CHECK_FALSE(contains_ignoring_case("websocket", "websockets"));
  CHECK(contains_ignoring_case("", ""));
  CHECK_FALSE(contains_ignoring_case("", "a"));
  CHECK_FALSE(contains_ignoring_case("\u00E9", "\u00C9"));
}

TEST_CASE("sizes and bytes in words") {
  CHECK(in_bytes(0) == "0 bytes");
  CHECK(in_bytes(1) == "1 byte");
  CHECK(in_bytes(157) == "157 bytes");
  CHECK(hex_text("") == "");
  CHECK(hex_text("\x81\x05\xFF") == "8105ff");
  CHECK(hex_text("\x81\x05\xFF", " ") == "81 05 ff");
}

}  // namespace
}  // namespace lastframe
