#include "core/session/texts.h"

#include <doctest/doctest.h>

#include <string>

#include "core/ws/utf8.h"

namespace lastframe::session {
namespace {

TEST_CASE("a text that was set is there, and no other") {
  Texts texts;
  CHECK_FALSE(texts[Text::host]);
  texts.set(Text::response_via, "1.1 hop");
  texts.set(Text::client, "192.0.2.1:1");
  texts.set(Text::path, "");
  CHECK(texts[Text::client] == "192.0.2.1:1");
  CHECK(texts[Text::path] == "");
  CHECK(texts[Text::response_via] == "1.1 hop");
  CHECK_FALSE(texts[Text::host]);
  texts.shrink();
  CHECK(texts[Text::response_via] == "1.1 hop");
}

TEST_CASE("a text that is replaced leaves the others as they are") {
  for (const Text which : {Text::client, Text::path, Text::host}) {
    Texts texts;
    texts.set(Text::client, "192.0.2.1:1");
    texts.set(Text::path, "/");
    texts.set(Text::host, "");
    texts.replace(which, "a longer one than before");
    texts.replace(which, "b");
    CHECK(texts[Text::client] == (which == Text::client ? "b" : "192.0.2.1:1"));
    CHECK(texts[Text::path] == (which == Text::path ? "b" : "/"));
    CHECK(texts[Text::host] == (which == Text::host ? "b" : ""));
    texts.replace(Text::upstream, "new");
    CHECK(texts[Text::upstream] == "new");
    CHECK(texts[which] == "b");
  }
}

TEST_CASE("a text may hold any bytes") {
  std::string every;
  for (int value = 0; value < 256; ++value) every += static_cast<char>(value);
  Texts texts;
  texts.set(Text::user_agent, every);
  texts.set(Text::host, "h");
  CHECK(texts[Text::user_agent] == every);
  CHECK(texts[Text::host] == "h");
}

TEST_CASE("a text of 1024 bytes stays whole, a longer one is cut and ends in an ellipsis") {
  for (const std::size_t size : {1023u, 1024u, 1025u, 65536u, 100000u}) {
    CAPTURE(size);
    const std::string text(size, 'x');
    Texts texts;
    texts.set(Text::host, text);
    texts.set(Text::path, "/");
    if (size <= 1024) {
      CHECK(texts[Text::host] == text);
    } else {
      CHECK(texts[Text::host] == std::string(1021, 'x') + "\xE2\x80\xA6");
    }
    CHECK(texts[Text::path] == "/");
  }
}

TEST_CASE("a cut never falls inside a character") {
  for (const std::string character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      CAPTURE(character);
      CAPTURE(shift);
      std::string text(shift, 'x');
      while (text.size() <= 1100) text += character;
      Texts texts;
      texts.set(Text::host, text);
      const std::string_view kept = *texts[Text::host];
      CHECK(kept.size() <= Texts::kLongest);
      CHECK(kept.size() > Texts::kLongest - 4);
      CHECK(kept.ends_with("\xE2\x80\xA6"));
      CHECK(ws::is_valid_utf8(kept));
    }
  }
}

TEST_CASE("continuation bytes without end are cut too") {
  Texts texts;
  texts.set(Text::host, std::string(2000, '\x80'));
  CHECK(texts[Text::host] == "\xE2\x80\xA6");
}

}  // namespace
}  // namespace lastframe::session
