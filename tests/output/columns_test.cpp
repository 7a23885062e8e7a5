#include "output/columns.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lastframe::output {
namespace {

using Lines = std::vector<std::string_view>;

TEST_CASE("columns are counted, not bytes") {
  struct Row {
    std::string_view name;
    std::string_view text;
    std::size_t wanted;
  };
  const Row rows[] = {
      {"nothing", "", 0},
      {"ASCII", "Close 1008", 10},
      {"accents as single characters", "résoudre", 8},
      {"an accent as a combining mark", "re\u0301soudre", 8},
      {"Arabic letters", "الوصف", 5},
      {"Arabic with a shadda and a fatha", "محد\u0651\u064Eد", 4},
      {"a superscript alef", "هذ\u0670ا", 3},
      {"marks of direction", "\u200F\u2066a\u2069", 1},
      {"four bytes", "\U0001D11E", 1},
      {"bytes that are not UTF-8", "\xFF\xC3", 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(columns(row.text) == row.wanted);
  }
}

TEST_CASE("characters are read one by one, and a broken one is a single byte") {
  CHECK(first_character("aé").bytes == "a");
  CHECK(first_character("éa").code_point == 0xE9);
  CHECK(first_character("\u2066x").bytes.size() == 3);
  CHECK(first_character("\U0001D11E").code_point == 0x1D11E);
  for (const std::string_view broken : {"\x80", "\xC3", "\xC3(", "\xE2\x82", "\xF5\x80\x80\x80"}) {
    CHECK(first_character(broken).code_point == 0xFFFD);
    CHECK(first_character(broken).bytes.size() == 1);
  }
}

TEST_CASE("a text is padded up to a column") {
  CHECK(padded("é", 3) == "é  ");
  CHECK(padded("abc", 3) == "abc");
  CHECK(padded("abcd", 3) == "abcd");
}

TEST_CASE("lines end between words and are as full as they can be") {
  CHECK(wrapped("", 10) == Lines{""});
  CHECK(wrapped("one", 10) == Lines{"one"});
  CHECK(wrapped("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrapped("one two three", 8) == Lines{"one two", "three"});
  CHECK(wrapped("a word-longer-than-the-line b", 5) ==
        Lines{"a", "word-longer-than-the-line", "b"});
  CHECK(wrapped("éé éé éé", 5) == Lines{"éé éé", "éé"});
  CHECK(wrapped("  blanks  before", 80).front().find("blanks") != std::string_view::npos);
}

TEST_CASE("every line fits at every width, and no word is lost") {
  const std::string text = "Un pair a terminé la connexion parce que بتًّا محجوزًا a été reçu.";
  const auto words = [](std::string_view from) {
    std::string joined;
    for (const char c : from) {
      if (c != ' ') joined += c;
    }
    return joined;
  };
  for (std::size_t width = 1; width <= 80; ++width) {
    CAPTURE(width);
    std::string all;
    for (const std::string_view line : wrapped(text, width)) {
      const bool is_one_word = line.find(' ') == std::string_view::npos;
      CHECK((is_one_word || columns(line) <= width));
      CHECK_FALSE(line.starts_with(' '));
      CHECK_FALSE(line.ends_with(' '));
      all += line;
    }
    CHECK(words(all) == words(text));
  }
}

}  // namespace
}  // namespace lastframe::output
