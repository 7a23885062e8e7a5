#include "diff/text_page.h"

#include <doctest/doctest.h>

#include <string>

#include "support/diff_report.h"

namespace lastframe::diff {
namespace {

TEST_CASE("the page begins with the verdict and shows what is not transparent") {
  const std::string page = text_page(test::sample_diff_report(), 20, output::Colour::off);
  CHECK(page.starts_with("3 connections were found in both captures"));
  CHECK(page.find("[corrupted] The hop between edge and app inserted bytes") != std::string::npos);
  CHECK(page.find("[altered] The hop between edge and app changed the code of a Close") !=
        std::string::npos);
  CHECK(page.find("1000 \"bye\"") != std::string::npos);
  CHECK(page.find("Only at edge") != std::string::npos);
  CHECK(page.find("Only at app") == std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
}

TEST_CASE("as many connections are shown as are asked for") {
  const std::string page = text_page(test::sample_diff_report(), 1, output::Colour::off);
  CHECK(page.find("[corrupted]") != std::string::npos);
  CHECK(page.find("[altered]") == std::string::npos);
  CHECK(page.find("close_code_changed") != std::string::npos);
  CHECK(page.find("1 more connection") != std::string::npos);
}

}  // namespace
}  // namespace lastframe::diff
