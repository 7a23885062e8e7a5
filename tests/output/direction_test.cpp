#include "output/direction.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace lastframe::output {
namespace {

// Marks as people can read them: < begins a left-to-right isolate, > ends it.
std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("\u2066")) {
      out += '<';
      text.remove_prefix(3);
    } else if (text.starts_with("\u2069")) {
      out += '>';
      text.remove_prefix(3);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

TEST_CASE("what is written from left to right is kept together in right-to-left text") {
  struct Row {
    std::string_view name;
    std::string_view text;
    std::string_view wanted;
  };
  const Row rows[] = {
      {"nothing to keep together", "الوصف", "الوصف"},
      {"a code", "الرمز 1008 هنا", "الرمز <1008> هنا"},
      {"a code at the end of a sentence", "الرمز 1008.", "الرمز <1008>."},
      {"a name of several words", "مع Policy Violation هنا", "مع <Policy Violation> هنا"},
      {"brackets around stay outside", "الرمز (1008) هنا", "الرمز (<1008>) هنا"},
      {"brackets inside stay inside", "انظر RFC 6455 (section 5) هنا",
       "انظر <RFC 6455 (section 5)> هنا"},
      {"a code and its name", "كلا 1002 (Protocol Error) و", "كلا <1002 (Protocol Error)> و"},
      {"a bracket that Arabic closes", "a (b عربي)", "<a> (<b> عربي)"},
      {"a bracket that Arabic opens", "(عربي a) b", "(عربي <a>) <b>"},
      {"a flag", "استخدم --lang الآن", "استخدم <--lang> الآن"},
      {"a path", "على /chat الآن", "على </chat> الآن"},
      {"a unit", "100% من", "<100%> من"},
      {"a setting", "`proxy_read_timeout` في", "`<proxy_read_timeout>` في"},
      {"a comma between the scripts", "1000، 1001", "<1000>، <1001>"},
      {"Latin letters with accents", "résumé في", "<résumé> في"},
      {"English alone", "Policy Violation", "<Policy Violation>"},
      {"punctuation alone", "...", "..."},
      {"an open bracket and no more", "a (b", "<a> (<b>"},
      {"nothing", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(shown(isolated(row.text)) == row.wanted);
  }
}

TEST_CASE("isolates are in pairs and change no character, wherever a line is cut") {
  const std::string text = "الرمز 1002 (Protocol Error) و --lang [x] RFC 6455 (5) %";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string line = text.substr(0, size);
    const std::string marked = shown(isolated(line));
    std::string plain;
    int depth = 0;
    for (const char c : marked) {
      if (c == '<') ++depth;
      if (c == '>') --depth;
      CHECK((depth == 0 || depth == 1));
      if (c != '<' && c != '>') plain += c;
    }
    CHECK(depth == 0);
    CHECK(plain == line);
  }
}

TEST_CASE("only right-to-left lines are marked") {
  CHECK(has_right_to_left("a الوصف"));
  CHECK(has_right_to_left("\u05D0"));
  CHECK_FALSE(has_right_to_left("résoudre 1008"));
  CHECK_FALSE(has_right_to_left("\xFF"));
  CHECK(line_begin(Writing::right_to_left) == "\u200F");
  CHECK(line_begin(Writing::left_to_right) == "");
  CHECK(directed("1008 هنا", Writing::left_to_right) == "1008 هنا");
  CHECK(shown(directed("1008 هنا", Writing::right_to_left)) == "<1008> هنا");
}

}  // namespace
}  // namespace lastframe::output
