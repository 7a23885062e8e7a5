#include "core/base/ascii.h"

#include <doctest/doctest.h>

#include <string_view>

namespace lastframe {
namespace {

TEST_CASE("each of the 256 bytes belongs to the classes that list it") {
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kDigits = "0123456789";
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char c = static_cast<char>(value);
    const bool is_big = kUpper.contains(c);
    const bool is_small = kLower.contains(c);
    CHECK(is_upper(c) == is_big);
    CHECK(is_lower(c) == is_small);
    CHECK(is_letter(c) == (is_big || is_small));
    CHECK(is_digit(c) == kDigits.contains(c));
    CHECK(is_alphanumeric(c) == (is_big || is_small || kDigits.contains(c)));
    CHECK(is_printable(c) == (value >= 0x20 && value <= 0x7E));
    CHECK(lower(c) == (is_big ? kLower[kUpper.find(c)] : c));
  }
}

}  // namespace
}  // namespace lastframe
