#include "output/page.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "output/columns.h"
#include "output/rule_examples.h"

namespace lastframe::output {
namespace {

using catalogue::Language;

constexpr std::string_view kLong =
    "Nothing passed for as long as one of the hops between the two endpoints was willing to wait, "
    "and so it ended the connection.";

TEST_CASE("a page has a title, headings, paragraphs, fields and tables") {
  Page page(Language::en, Colour::off);
  page.title("1008 Policy Violation");
  page.section("Description", kLong);
  page.section("Nothing to say", "");
  page.fields({{"Sent by", "either side"}, {"Range", ""}, {"Source", "RFC 6455"}});
  page.section("Time limits", {{"nginx", "60s", "proxy_read_timeout"}, {"HAProxy", "1h", ""}});
  page.section("No rows", std::vector<Page::Row>{});
  page.heading("Key Differences");
  page.item("1.", kLong);
  CHECK(page.text() == R"(1008 Policy Violation

Description
  Nothing passed for as long as one of the hops between the two endpoints was
  willing to wait, and so it ended the connection.

  Sent by  either side
  Source   RFC 6455

Time limits
  nginx    60s  proxy_read_timeout
  HAProxy  1h

Key Differences
  1. Nothing passed for as long as one of the hops between the two endpoints was
     willing to wait, and so it ended the connection.
)");
}

TEST_CASE("the last column of a table wraps, and goes below the others where these are wide") {
  Page page(Language::en, Colour::off);
  page.table({{"nginx", std::string(kLong)}, {"code", "Send Pings."}});
  CHECK(page.text() ==
        R"(  nginx  Nothing passed for as long as one of the hops between the two endpoints
         was willing to wait, and so it ended the connection.
  code   Send Pings.
)");
  Page wide(Language::en, Colour::off);
  wide.table({{std::string(60, 'x'), "Send Pings."}, {"y", ""}});
  CHECK(wide.text() == "  " + std::string(60, 'x') + "\n    Send Pings.\n  y\n");
  // Likewise where the last one has a word that does not fit beside them.
  Page long_word(Language::en, Colour::off);
  long_word.table({{std::string(50, 'x'), std::string(29, 'w') + " y"}});
  CHECK(long_word.text() == "  " + std::string(50, 'x') + "\n    " + std::string(29, 'w') + " y\n");
}

TEST_CASE("lines of a list's entry stand below each other") {
  Page page(Language::en, Colour::off);
  page.list("Products", {"nginx: In the location:\n  proxy_read_timeout 1h;\n", "code: x"});
  page.list("None", {});
  CHECK(page.text() == R"(Products
  - nginx: In the location:
    proxy_read_timeout 1h;
  - code: x
)");
}

TEST_CASE("line feeds begin paragraphs, and control characters are escaped") {
  Page page(Language::en, Colour::off);
  page.paragraph("one\n\ntwo\x1b[31m\u202E\n");
  CHECK(page.text() == "  one\n  two\\u001b[31m\\u202e\n");
}

TEST_CASE("each line of an Arabic paragraph begins with its mark, and an English one has none") {
  Page page(Language::ar, Colour::off);
  page.title("1002 Protocol Error (خطأ في البروتوكول)");
  page.section("الوصف",
               "خالف الطرف الآخر RFC 6455 (القسم 5). خالف الطرف الآخر RFC 6455 (القسم 5). "
               "خالف الطرف الآخر RFC 6455 (القسم 5).");
  page.paragraph("English stays as it is, with (1008).");
  page.fields({{"المصدر", "RFC 6455 section 5"}, {"English", "text"}});
  CHECK(page.text() ==
        "\u200F\u20661002 Protocol Error\u2069 (خطأ في البروتوكول)\n"
        "\n"
        "\u200Fالوصف\n"
        "\u200F  خالف الطرف الآخر \u2066RFC 6455\u2069 (القسم \u20665\u2069). خالف الطرف الآخر "
        "\u2066RFC 6455\u2069 (القسم \u20665\u2069). خالف\n"
        "\u200F  الطرف الآخر \u2066RFC 6455\u2069 (القسم \u20665\u2069).\n"
        "  English stays as it is, with (1008).\n"
        "\n"
        "\u200F  المصدر   \u2066RFC 6455 section 5\u2069\n"
        "  English  text\n");
}

TEST_CASE("all lines of a table have the same direction") {
  Page page(Language::ar, Colour::off);
  page.table({{"nginx", "60s"}, {"خادم", "1h"}});
  CHECK(page.text() ==
        "\u200F  \u2066nginx\u2069  \u206660s\u2069\n"
        "\u200F  خادم   \u20661h\u2069\n");
  Page english(Language::en, Colour::off);
  english.table({{"خادم", "1h"}});
  CHECK(english.text() == "  خادم  1h\n");
}

TEST_CASE("no line is wider than 80 columns in any language") {
  const std::string arabic = "حملت إحدى الإطارات بتًّا محجوزًا بلا تفاوض على امتداد RSV1 يعطيه معنى، ";
  for (const Language language : catalogue::kLanguages) {
    Page page(language, Colour::off);
    page.title(arabic + arabic + arabic);
    page.paragraph(arabic + arabic + arabic);
    page.fields({{"الوصف", arabic + arabic}});
    page.table({{"الوصف", "1008", arabic + arabic}});
    for (const std::string_view line : split_lines(page.text())) CHECK(columns(line) <= 80);
  }
}

TEST_CASE("colours change no letter") {
  Page page(Language::en, Colour::on);
  page.heading("Description");
  page.fields({{"Source", "RFC 6455"}});
  CHECK(page.text() == "\x1b[1mDescription\x1b[0m\n\n  \x1b[2mSource\x1b[0m  RFC 6455\n");
}

}  // namespace
}  // namespace lastframe::output
