#include "output/colour.h"

#include <fmt/core.h>

#include <cstdlib>

namespace lastframe::output {
namespace {

// Select Graphic Rendition parameters of ECMA-48.
constexpr std::string_view parameter(Style style) {
  switch (style) {
    case Style::good:
      return "32";
    case Style::odd:
      return "33";
    case Style::bad:
      return "31";
    case Style::strong:
      return "1";
    case Style::dim:
      return "2";
  }
  return "0";
}

}  // namespace

Colour colour_for(bool is_terminal) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool is_wanted = no_colour == nullptr || *no_colour == '\0';
  return is_terminal && is_wanted ? Colour::on : Colour::off;
}

std::string painted(std::string_view text, Style style, Colour colour) {
  if (colour == Colour::off || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", parameter(style), text);
}

Style style_of(ws::CloseCode code, bool is_clean) {
  if (!is_clean) return Style::bad;
  const auto number = static_cast<unsigned>(code);
  return number == 1000 || number == 1001 || number == 1005 ? Style::good : Style::odd;
}

}  // namespace lastframe::output
