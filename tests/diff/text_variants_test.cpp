#include "diff/text_variants.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe::diff {
namespace {

TEST_CASE("each byte becomes the character of its number, and back") {
  for (unsigned value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    const std::string text = latin1_as_utf8(byte);
    CAPTURE(value);
    // RFC 3629 section 3: one byte up to U+007F, two up to U+07FF.
    CHECK(text.size() == (value < 0x80 ? 1 : 2));
    CHECK(utf8_as_latin1(text) == byte);
  }
}

TEST_CASE("characters beyond U+00FF, and what is no UTF-8, have no single byte") {
  for (const std::string_view text :
       {"\xC4\x80", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xC3", "\xC3(", "\xFF", "ok \xE9 end"}) {
    CHECK_FALSE(utf8_as_latin1(text).has_value());
  }
}

TEST_CASE("a text has the variants that differ from it, and no others") {
  CHECK_FALSE(variants_of("").has_value());
  CHECK_FALSE(variants_of("plain").has_value());
  const auto accent = variants_of("caf\xC3\xA9");
  REQUIRE(accent.has_value());
  CHECK(accent->latin1_read_as_utf8 == digest_of("caf\xC3\x83\xC2\xA9"));
  CHECK(accent->utf8_as_latin1 == digest_of("caf\xE9"));
  CHECK_FALSE(accent->replaced.has_value());
  const auto invalid = variants_of("caf\xE9");
  REQUIRE(invalid.has_value());
  CHECK(invalid->latin1_read_as_utf8 == digest_of("caf\xC3\xA9"));
  CHECK(invalid->replaced == digest_of("caf\xEF\xBF\xBD"));
  CHECK_FALSE(invalid->utf8_as_latin1.has_value());
  const auto lines = variants_of("\xEF\xBB\xBFone\r\ntwo\r\n");
  REQUIRE(lines.has_value());
  CHECK(lines->bare_line_ends == digest_of("\xEF\xBB\xBFone\ntwo\n"));
  CHECK(lines->without_mark == digest_of("one\r\ntwo\r\n"));
  CHECK(lines->trimmed == digest_of("\xEF\xBB\xBFone\r\ntwo"));
}

}  // namespace
}  // namespace lastframe::diff
