#include "report/html.h"

#include <doctest/doctest.h>

#include <string>

namespace lastframe::report {
namespace {

TEST_CASE("no text can leave its place") {
  CHECK(escaped("<script>alert('1')&\"</script>") ==
        "&lt;script&gt;alert(&#39;1&#39;)&amp;&quot;&lt;/script&gt;");
  CHECK(escaped("a\x1b[31m\n\x7f") == "a\\u001b[31m\\n\\u007f");
  CHECK(escaped("\u202e") == "\\u202e");
  CHECK(escaped("\xff") == "\uFFFD");
  CHECK(escaped("Straße") == "Straße");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string out = escaped(std::string(1, static_cast<char>(byte)));
    CAPTURE(byte);
    CHECK(out.find_first_of("<>\"'") == std::string::npos);
  }
}

TEST_CASE("elements and tables are whole") {
  CHECK(element("p", "a<b") == "<p>a&lt;b</p>");
  CHECK(element("p", "x", "soft") == "<p class=\"soft\">x</p>");
  CHECK(element_of("p", element("b", "x")) == "<p><b>x</b></p>");
  CHECK(
      html_table({{"name"}, {"count", true}}, {{"<i>x</i>", "7"}}) ==
      "<div class=\"wide\"><table><thead><tr><th>name</th><th class=\"n\">count</th></tr></thead>\n"
      "<tbody><tr><td><i>x</i></td><td class=\"n\">7</td></tr>\n</tbody></table></div>\n");
}

}  // namespace
}  // namespace lastframe::report
