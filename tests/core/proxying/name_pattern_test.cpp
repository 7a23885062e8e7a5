#include "core/proxying/name_pattern.h"

#include <doctest/doctest.h>

#include <array>
#include <string_view>

namespace lastframe::proxying {
namespace {

TEST_CASE("a pattern is a name, all names under one, or every name") {
  struct Row {
    std::string_view pattern;
    std::string_view name;
    bool holds;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"chat.example", "chat.example", true},
      {"chat.example", "CHAT.Example", true},  // RFC 9110 section 4.2.3
      {"Chat.Example", "chat.example", true},
      {"chat.example", "chat.example.", true},  // RFC 1034 section 3.1: the root's dot
      {"chat.example.", "chat.example", true},
      {"chat.example", "chat.example..", false},
      {"chat.example", "a.chat.example", false},
      {"chat.example", "chat.exampl", false},
      {"chat.example", "chat-example", false},
      {"chat.example", "", false},
      {"*.example", "chat.example", true},
      {"*.example", "a.b.chat.EXAMPLE", true},
      {"*.example", "chat.example.", true},
      {"*.example.", "chat.example", true},
      {"*.example", "example", false},
      {"*.example", ".example", false},
      {"*.example", "badexample", false},
      {"*.example", "chat.example.net", false},
      {"*.example", "", false},
      {"*", "chat.example", true},
      {"*", "192.0.2.1", true},
      {"*", "", true},
      {"", "chat.example", false},
      {"2001:DB8::1", "2001:db8::1", true},
      {"chat.*", "chat.example", false},  // a star elsewhere is a letter like others
      {"*chat.example", "xchat.example", false},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.pattern);
    CAPTURE(row.name);
    CHECK(matches(row.pattern, row.name) == row.holds);
  }
}

}  // namespace
}  // namespace lastframe::proxying
