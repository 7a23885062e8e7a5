#include "ssl/names.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lastframe::ssl {
namespace {

TEST_CASE("a name is labels of letters, digits, hyphens and underscores") {
  CHECK(host_name("chat.example") == "chat.example");
  CHECK(host_name("Chat.EXAMPLE.") == "chat.example");
  CHECK(host_name("a") == "a");
  CHECK(host_name("_sip._tcp.example") == "_sip._tcp.example");
  CHECK(host_name("xn--mnchen-3ya.example") == "xn--mnchen-3ya.example");
  CHECK(host_name("3com.example") == "3com.example");
  CHECK(host_name(std::string(63, 'a') + ".example").has_value());
  const std::string longest = std::string(63, 'a') + '.' + std::string(63, 'b') + '.' +
                              std::string(63, 'c') + '.' + std::string(61, 'd');
  CHECK(longest.size() == 253);
  CHECK(host_name(longest).has_value());
  CHECK(host_name(longest + '.').has_value());
  CHECK_FALSE(host_name(longest + 'd').has_value());
}

TEST_CASE("property: of all bytes only those of names are let through") {
  const std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const char c = static_cast<char>(byte);
    const std::string within = std::string("a") + c + "b.example";
    CHECK(host_name(within).has_value() == (allowed.contains(c) || c == '.'));
    CHECK(host_name(std::string(1, c) + ".example").has_value() == allowed.contains(c));
  }
}

TEST_CASE("what is no name") {
  for (const std::string_view text : {"", ".", "..", ".a", "a..b", "a..", "*.example", "192.0.2.7",
                                      "2001:db8::1", "::1", "[::1]", "a:443", " a"}) {
    CAPTURE(text);
    CHECK_FALSE(host_name(text).has_value());
  }
  CHECK_FALSE(host_name(std::string(64, 'a') + ".example").has_value());
}

TEST_CASE("a wildcard stands for the first label") {
  CHECK(wildcard_of("a.chat.example") == "*.chat.example");
  CHECK(wildcard_of("example") == "");
  CHECK(wildcard_of("") == "");
  CHECK(wildcard_of("192.0.2.7") == "");
}

TEST_CASE("patterns are a name, all under one, or everything") {
  const std::vector<std::string> patterns{"Chat.example", "*.Rooms.example"};
  for (const std::string_view name :
       {"chat.example", "CHAT.example.", "a.rooms.example", "b.a.rooms.example"}) {
    CAPTURE(name);
    CHECK(any_fits(patterns, name));
  }
  for (const std::string_view name :
       {"", ".", "rooms.example", ".rooms.example", "badrooms.example", "a.chat.example",
        "chat.example.org", "*.chat.example"}) {
    CAPTURE(name);
    CHECK_FALSE(any_fits(patterns, name));
  }
  CHECK(any_fits(std::vector<std::string>{"*"}, ""));
  CHECK_FALSE(any_fits({}, "chat.example"));
}

}  // namespace
}  // namespace lastframe::ssl
