#include "output/colour.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace lastframe;
using namespace lastframe::output;

TEST_CASE("colours need a terminal, and no NO_COLOR") {
  const char* before = std::getenv("NO_COLOR");
  const std::string kept = before != nullptr ? before : "";
  ::unsetenv("NO_COLOR");
  CHECK(colour_for(true) == Colour::on);
  CHECK(colour_for(false) == Colour::off);
  ::setenv("NO_COLOR", "", 1);
  CHECK(colour_for(true) == Colour::on);  // no-color.org: "when present and not an empty string"
  ::setenv("NO_COLOR", "1", 1);
  CHECK(colour_for(true) == Colour::off);
  if (before != nullptr) {
    ::setenv("NO_COLOR", kept.c_str(), 1);
  } else {
    ::unsetenv("NO_COLOR");
  }
}

TEST_CASE("a painted text is reset behind it, and unchanged without colours") {
  CHECK(painted("reset", Style::bad, Colour::on) == "\x1b[31mreset\x1b[0m");
  CHECK(painted("reset", Style::bad, Colour::off) == "reset");
  CHECK(painted("", Style::bad, Colour::on).empty());
}

TEST_CASE("a clean close is good or odd by its code, any other is bad") {
  for (unsigned code = 0; code < 65536; ++code) {
    CAPTURE(code);
    const auto close_code = static_cast<ws::CloseCode>(code);
    const bool is_good = code == 1000 || code == 1001 || code == 1005;
    CHECK(style_of(close_code, true) == (is_good ? Style::good : Style::odd));
    CHECK(style_of(close_code, false) == Style::bad);
  }
}
