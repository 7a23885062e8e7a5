#include "core/proxying/authority.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe::proxying {
namespace {

TEST_CASE("a host is a numeric address or a name, and never an address in disguise") {
  struct Row {
    std::string host;
    bool is_host;
  };
  const std::string label(63, 'a');
  const auto rows = std::to_array<Row>({
      {"chat.example", true},
      {"chat.example.", true},
      {"localhost", true},
      {"chat_1.internal", true},
      {"xn--bcher-kva.example", true},
      {"3com.example", true},
      {"1.example", true},
      {"192.0.2.1", true},
      {"::1", true},
      {label + ".example", true},
      {label + "a.example", false},
      {label + "." + label + "." + label + "." + label.substr(0, 61), true},
      {label + "." + label + "." + label + "." + label.substr(0, 62), false},
      {"", false},
      {".", false},
      {".example", false},
      {"chat..example", false},
      {"chat.example..", false},
      {"chat example", false},
      {"chat/example", false},
      {"chat%2eexample", false},
      {"b\xC3\xBC"
       "cher.example",
       false},
      {std::string("chat\0.example", 13), false},
      {"[::1]", false},
      {"fe80::1%eth0", false},
      {"1", false},  // inet_aton(3) reads all of these
      {"127.1", false},
      {"2130706433", false},
      {"0x7f000001", false},
      {"0177.0.0.1", false},
      {"127.0.0.1.", false},
      {"256.0.0.1", false},
      {"127.0.0.0X1", false},
  });
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(is_host(row.host) == row.is_host);
  }
}

TEST_CASE("a pattern of names is a name, or a star and a dot before one, or a star") {
  for (const std::string_view text :
       {"chat.example", "*.example", "*.chat.example.", "*", "localhost"}) {
    CAPTURE(text);
    CHECK(is_name_pattern(text));
  }
  for (const std::string_view text : {"", "*.", "*.*", "chat.*", "*chat.example", "**", "192.0.2.1",
                                      "*.192.0.2.1", "::1", "chat.example:443", "[::1]"}) {
    CAPTURE(text);
    CHECK_FALSE(is_name_pattern(text));
  }
}

TEST_CASE("an authority is read into host and port (RFC 3986 section 3.2)") {
  struct Row {
    std::string_view text;
    std::string_view expected;  // with the default port 80
    std::string_view without_default;
  };
  constexpr std::string_view kUser = "names a user";
  constexpr std::string_view kHost = "names neither a host nor an address";
  constexpr std::string_view kPort = "has no port from 1 to 65535";
  constexpr std::string_view kInside = "has no IPv6 address within its brackets";
  constexpr std::string_view kNoPort = "names no port";
  constexpr auto kRows = std::to_array<Row>({
      {"chat.example:443", "chat.example 443", "chat.example 443"},
      {"Chat.Example:00443", "Chat.Example 443", "Chat.Example 443"},
      {"chat.example", "chat.example 80", kNoPort},
      {"chat.example:", "chat.example 80", kNoPort},  // section 6.2.3
      {"192.0.2.1:65535", "192.0.2.1 65535", "192.0.2.1 65535"},
      {"[2001:db8::1]:1", "2001:db8::1 1", "2001:db8::1 1"},
      {"[2001:db8::1]", "2001:db8::1 80", kNoPort},
      {"[::1]:", "::1 80", kNoPort},
      {"chat.example:0", kPort, kPort},
      {"chat.example:65536", kPort, kPort},
      {"chat.example:99999999999999999999", kPort, kPort},
      {"chat.example:+1", kPort, kPort},
      {"chat.example:443x", kPort, kPort},
      {"chat.example:443:443", kPort, kPort},
      {"::1:443", "names no host", "names no host"},
      {":443", "names no host", "names no host"},
      {"", "names no host", "names no host"},
      {"me@chat.example:443", kUser, kUser},
      {"me:secret@chat.example:443", kUser, kUser},
      {"chat.example@:443", kUser, kUser},
      {"[::1", "lacks a bracket", "lacks a bracket"},
      {"[::1]443", "goes on behind its bracket", "goes on behind its bracket"},
      {"[192.0.2.1]:443", kInside, kInside},
      {"[chat.example]:443", kInside, kInside},
      {"[]:443", kInside, kInside},
      {"[v1.x]:443", kInside, kInside},
      {"[fe80::1%25eth0]:443", kInside, kInside},
      {"chat example:443", kHost, kHost},
      {"127.1:443", kHost, kHost},
  });
  const auto shown = [](const std::expected<Destination, std::string>& read) {
    return read ? read->host + " " + std::to_string(read->port) : read.error();
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(shown(parse_authority(row.text, 80)) == row.expected);
    CHECK(shown(parse_authority(row.text)) == row.without_default);
  }
}

TEST_CASE("what is written is read back") {
  for (const std::string_view text :
       {"chat.example:443", "192.0.2.1:80", "[2001:db8::1]:443", "[::]:1"}) {
    CAPTURE(text);
    const auto read = parse_authority(text);
    REQUIRE(read);
    CHECK(authority_text(read->host, read->port) == text);
  }
  CHECK(authority_text("2001:DB8:0::1", 443) == "[2001:db8::1]:443");
}

}  // namespace
}  // namespace lastframe::proxying
