#include "output/json.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace lastframe::output {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

// Code points that act on a line or a terminal (ECMA-48, Unicode chapter 23): C0, DEL, C1, line
// and paragraph separator, and the marks of writing direction.
bool acts_on_a_terminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string utf8(char32_t c) {
  std::string text;
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | c >> 6);
    add(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    add(0xE0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  } else {
    add(0xF0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3F));
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  }
  return text;
}

TEST_CASE("every character of the basic plane reads back, and none that acts stays") {
  for (char32_t c = 0; c < 0x10000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;  // surrogates are no characters
    CAPTURE(static_cast<unsigned>(c));
    const std::string text = utf8(c);
    const std::string written = json_string(text);
    REQUIRE(nlohmann::json::parse(written).get<std::string>() == text);
    if (acts_on_a_terminal(c)) {
      REQUIRE_FALSE(written.contains(text));
      REQUIRE_FALSE(printable(text).contains(text));
    } else if (c != '"' && c != '\\') {
      REQUIRE(written == "\"" + text + "\"");
      REQUIRE(printable(text) == text);
    }
  }
}

TEST_CASE("characters beyond the basic plane stay as they are") {
  const std::string text = utf8(0x1F600);
  CHECK(json_string(text) == "\"" + text + "\"");
  CHECK(printable(text) == text);
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD") {
  for (const std::string_view text :
       {"\xff", "a\x80z", "\xC3", "\xED\xA0\x80", "\xC0\xAF", "\xF4\x90\x80\x80", "\xC2"}) {
    const std::string written = json_string(text);
    const std::string read = nlohmann::json::parse(written).get<std::string>();
    CHECK(read.contains("\xEF\xBF\xBD"));
    CHECK(printable(text).contains("\xEF\xBF\xBD"));
  }
}

TEST_CASE("quotes and backslashes are escaped in JSON only") {
  CHECK(json_string("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CHECK(printable("a\"b\\c") == "a\"b\\c");
}

TEST_CASE("a terminal escape in a text line is shown and does not act") {
  CHECK(printable("\x1b[31mred") == "\\u001b[31mred");
  CHECK(printable("one\ntwo\r\n") == "one\\ntwo\\u000d\\n");
}

TEST_CASE("property: whatever the bytes, the result is one line of JSON") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 20'000; ++round) {
    CAPTURE(round);
    std::string text(random() % 12, '\0');
    for (char& byte : text) byte = static_cast<char>(random() % 256);
    const std::string written = json_string(text);
    REQUIRE(nlohmann::json::accept(written));
    for (const char byte : written) {
      REQUIRE(static_cast<unsigned char>(byte) >= 0x20);
      REQUIRE(byte != 0x7F);
    }
  }
}

TEST_CASE("commas come by themselves") {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("text", "a")
      .field("yes", true)
      .field("number", std::uint64_t{18'446'744'073'709'551'615u})
      .field("negative", -7)
      .field("none", std::optional<unsigned>{})
      .field("some", std::optional<unsigned>{3})
      .key("list")
      .begin_array()
      .value("x")
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .null()
      .end_array()
      .key("empty")
      .begin_object()
      .end_object()
      .key("seconds")
      .seconds(1.5)
      .key("milliseconds")
      .milliseconds(0.25)
      .end_object();
  CHECK(out ==
        R"({"text":"a","yes":true,"number":18446744073709551615,"negative":-7,"none":null,)"
        R"("some":3,"list":["x",{},[],null],"empty":{},"seconds":1.500000,"milliseconds":0.250})");
}

}  // namespace
}  // namespace lastframe::output
