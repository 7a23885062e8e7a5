#include "core/session/shown_text.h"

#include <doctest/doctest.h>

#include <string>

#include "core/ws/utf8.h"

namespace lastframe::session {
namespace {

TEST_CASE("shown text is UTF-8 without control characters") {
  CHECK(shown_text("plain \"text\" \\ é 網", 100) == "plain \"text\" \\ é 網");
  CHECK(shown_text("a\x1b[31m\r\n\x7f.", 100) == "a [31m   .");
  CHECK(shown_text("a\xc2\x9b.", 100) == "a .");
  CHECK(shown_text("a\xff.\xc2", 100) == "a\xef\xbf\xbd.\xef\xbf\xbd");
  CHECK(shown_text("", 100) == "");
}

TEST_CASE("a text is cut before a character, never inside one") {
  const std::string text = "aé網😀";
  for (std::size_t most = 0; most <= text.size() + 1; ++most) {
    const std::string shown = shown_text(text, most);
    CAPTURE(most);
    CHECK(shown.size() <= most);
    CHECK(text.starts_with(shown));
    CHECK(ws::is_valid_utf8(shown));
  }
  CHECK(shown_text(text, text.size()) == text);
}

TEST_CASE("a secret is redacted before the text is cut") {
  const std::string token = "4bf92f3577b34da6a3ce929d0e0e4736";
  for (std::size_t most = 0; most < 80; ++most) {
    CHECK(shown_text("of " + token + " and more", most).find("4bf") == std::string::npos);
  }
  CHECK(shown_redacted(token, 100) == token);
}

}  // namespace
}  // namespace lastframe::session
