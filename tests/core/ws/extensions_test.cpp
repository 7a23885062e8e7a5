#include "core/ws/extensions.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe::ws {
namespace {

// "name(parameter=value)(flag=)" for each extension.
std::string shape(std::string_view value) {
  std::string text;
  for (const Extension& extension : parse_extensions(value)) {
    if (!text.empty()) text += ' ';
    text += extension.name;
    for (const ExtensionParameter& parameter : extension.parameters) {
      text.append("(").append(parameter.name).append("=").append(parameter.value).append(")");
    }
  }
  return text;
}

TEST_CASE("an extension list is read as RFC 6455 section 9.1 writes it") {
  struct Row {
    std::string_view name;
    std::string_view value;
    std::string_view shape;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"nothing", "", ""},
      {"RFC 6455 section 9.1, first example", "foo", "foo"},
      {"RFC 6455 section 9.1, second example", "bar; baz=2", "bar(baz=2)"},
      {"RFC 6455 section 9.1, third example", "foo, bar; baz=2", "foo bar(baz=2)"},
      {"RFC 7692 section 7.1.3",
       "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate",
       "permessage-deflate(client_max_window_bits=)(server_max_window_bits=10) "
       "permessage-deflate"},
      {"RFC 7692 section 7.1.2.1, a quoted value",
       "permessage-deflate; server_max_window_bits=\"10\"",
       "permessage-deflate(server_max_window_bits=10)"},
      {"no spaces", "a;b=1;c,d", "a(b=1)(c=) d"},
      {"empty elements", ", a ,, b ,", "a b"},
      {"a comma in quotes separates nothing", "a; b=\"1,2\", c", "a(b=1,2) c"},
      {"a semicolon without a parameter", "a;", "a(=)"},
      {"a quote that never ends", "a; b=\"1, c", "a(b=\"1, c)"},
      {"a backslash at the very end", "a; b=\"1\\", "a(b=\"1\\)"},
      {"one quote", "a; b=\"", "a(b=\")"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(shape(row.value) == row.shape);
  }
}

TEST_CASE("only permessage-deflate has a meaning that is known; anything else may mean anything") {
  struct Row {
    std::string_view accepted;
    NegotiatedExtensions expected;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"", {}},
      {"permessage-deflate", {.has_deflate = true}},
      {"Permessage-Deflate; server_no_context_takeover", {.has_deflate = true}},
      {"x-webkit-deflate-frame", {.has_unknown = true}},
      {"permessage-deflate, x-other", {.has_deflate = true, .has_unknown = true}},
      {"permessage-deflate2", {.has_unknown = true}},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.accepted);
    CHECK(negotiated(row.accepted) == row.expected);
  }
}

}  // namespace
}  // namespace lastframe::ws
