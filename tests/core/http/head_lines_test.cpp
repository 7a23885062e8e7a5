#include "core/http/head_lines.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "core/http/head.h"
#include "support/handshake.h"

namespace lastframe::http {
namespace {

// "offset: detail" for each entry, one a line.
std::string shape(std::string_view head) {
  std::string text;
  for (const MalformedLine& line : malformed_lines(head))
    text += std::to_string(line.offset) + ": " + line.detail + "\n";
  return text;
}

TEST_CASE("a head as both sides of RFC 6455 section 1.2 send it has no malformed line") {
  CHECK(shape(test::kUpgradeRequest).empty());
  CHECK(shape(test::kAcceptingResponse).empty());
}

TEST_CASE("each crooked line is found where its field begins (RFC 9112 sections 2.2 to 5.2)") {
  struct Row {
    std::string_view name;
    std::string_view head;
    std::string_view shape;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"no head at all", "", ""},
      {"a start line alone", "GET / HTTP/1.1\r\n\r\n", ""},
      {"a head that is cut off", "GET / HTTP/1.1\r\nHost: a", ""},
      {"an empty value", "GET / HTTP/1.1\r\nHost:\r\n\r\n", ""},
      {"white space around a value", "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n", ""},
      {"colons in a value", "GET / HTTP/1.1\r\nHost: a:80\r\n\r\n", ""},
      {"bytes above 127 in a value", "GET / HTTP/1.1\r\nA: \xC3\xA4\xFF\r\n\r\n", ""},
      {"what follows the head is not read", "GET / HTTP/1.1\r\nA: 1\r\n\r\nB : 2\n", ""},
      {"LF alone everywhere", "GET / HTTP/1.1\nA: 1\nB: 2\n\n",
       "0: a line ends in LF alone, 4 times\n"},
      {"LF alone behind the start line", "GET / HTTP/1.1\nA: 1\r\n\r\n",
       "0: a line ends in LF alone\n"},
      {"LF alone behind a field", "GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n",
       "16: a line ends in LF alone\n"},
      {"LF alone as the empty line", "GET / HTTP/1.1\r\nA: 1\r\n\n",
       "22: a line ends in LF alone\n"},
      {"LF alone at the end of a folded line", "GET / HTTP/1.1\r\nA: 1\r\n 2\n\r\n",
       "16: a line ends in LF alone; a folded field\n"},
      {"a CR too many", "GET / HTTP/1.1\r\nA: 1\r\r\n\r\n", "16: a CR within a line\n"},
      {"a CR before a name", "GET / HTTP/1.1\r\n\rA: 1\r\n\r\n", "17: a CR within a line\n"},
      {"a CR in the start line", "GET /\r HTTP/1.1\r\n\r\n", "0: a CR within a line\n"},
      {"folded with a space", "GET / HTTP/1.1\r\nA: 1\r\nB: 2,\r\n 3\r\n\r\n",
       "22: a folded field\n"},
      {"folded with a tab, twice", "GET / HTTP/1.1\r\nA: 1,\r\n\t2,\r\n\t3\r\n\r\n",
       "16: a folded field, 2 times\n"},
      {"a blank line within a folded field", "GET / HTTP/1.1\r\nA: 1\r\n \r\nB: 2\r\n\r\n",
       "16: a folded field\n"},
      {"a folded line with a colon", "GET / HTTP/1.1\r\nA: 1\r\n B : 2\r\n\r\n",
       "16: a folded field\n"},
      {"a space before the colon", "GET / HTTP/1.1\r\nA : 1\r\n\r\n",
       "16: white space before a colon\n"},
      {"a tab before the colon", "GET / HTTP/1.1\r\nA\t: 1\r\n\r\n",
       "16: white space before a colon\n"},
      {"a space before the first field", "GET / HTTP/1.1\r\n  A: 1\r\nB: 2\r\n\r\n",
       "18: white space before the first field\n"},
      {"nothing but a space in the first line", "GET / HTTP/1.1\r\n \r\nB: 2\r\n\r\n",
       "16: white space before the first field; a line without a colon\n"},
      {"no colon", "GET / HTTP/1.1\r\nA: 1\r\nBroken\r\n\r\n", "22: a line without a colon\n"},
      {"no name", "GET / HTTP/1.1\r\n: 1\r\n\r\n", "16: a field name that is no token\n"},
      {"a space within the name", "GET / HTTP/1.1\r\nMy Name: 1\r\n\r\n",
       "16: a field name that is no token\n"},
      {"several kinds, each at its first place",
       "HTTP/1.1 101 x\r\nA : 1\r\nB: 2\nC : 3\r\nD\r\n\r\n",
       "16: white space before a colon, 2 times\n"
       "23: a line ends in LF alone\n"
       "35: a line without a colon\n"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(shape(row.head) == row.shape);
  }
}

TEST_CASE("a field name may have every character of a token and no other") {
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char c = static_cast<char>(value);
    if (c == ':' || c == '\n') continue;  // the name ends there
    const std::string head = std::string("GET / HTTP/1.1\r\nx") + c + "x: 1\r\n\r\n";
    CHECK(malformed_lines(head).empty() == is_token_character(c));
  }
}

TEST_CASE("many crooked lines give few entries") {
  std::string head = "GET / HTTP/1.1\n";
  for (int i = 0; i < 10'000; ++i) head += " a : \r\r\n\tb\nc\n";
  CHECK(malformed_lines(head + "\n").size() <= 7);
}

}  // namespace
}  // namespace lastframe::http
