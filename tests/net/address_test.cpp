#include "net/address.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "core/base/words.h"

namespace lastframe::net {
namespace {

struct GoodRow {
  std::string_view text;
  Address expected;
};

struct BadRow {
  std::string text;
  std::string_view what;    // stands in what is wrong
  std::string_view remedy;  // stands in what would be right
};

template <typename Parsed>
void check_bad(const BadRow& row, const std::expected<Parsed, Error>& parsed) {
  CAPTURE(row.text);
  REQUIRE_FALSE(parsed.has_value());
  const Error& error = parsed.error();
  CAPTURE(to_text(error));
  CHECK(error.where.empty());
  if (!row.text.contains("secret")) CHECK(error.what.starts_with(in_quotes(row.text) + " "));
  CHECK(error.what.contains(row.what));
  CHECK(error.remedy.contains(row.remedy));
}

TEST_CASE("a listening address is read in each of its forms, and written as it was") {
  const auto rows = std::to_array<GoodRow>({
      {"127.0.0.1:8080", TcpAddress{"127.0.0.1", 8080}},
      {"0.0.0.0:0", TcpAddress{"0.0.0.0", 0}},
      {"[::1]:8080", TcpAddress{"::1", 8080}},
      {"[::]:65535", TcpAddress{"::", 65535}},
      {":8080", TcpAddress{"", 8080}},
      {":0", TcpAddress{"", 0}},
      {"unix:/run/chat.sock", UnixPath{"/run/chat.sock"}},
  });
  for (const GoodRow& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_listen_address(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.expected);
    CHECK(to_text(*parsed) == row.text);
  }
  CHECK(parse_listen_address("localhost:80") == Address(TcpAddress{"127.0.0.1", 80}));
}

TEST_CASE("a bad listening address is refused with what would be right") {
  const std::string longest = "unix:/" + std::string(106, 'a');
  CHECK(parse_listen_address(longest).has_value());
  const auto rows = std::to_array<BadRow>({
      {"", "not an address with a port", "127.0.0.1:8080"},
      {"8080", "not an address with a port", ":8080"},
      {"127.0.0.1", "not an address with a port", "127.0.0.1:8080"},
      {"127.0.0.1:", "lacks a port", "0 to 65535"},
      {"127.0.0.1:65536", "too large", "0 to 65535"},
      {"127.0.0.1:99999999999999999999", "too large", "0 to 65535"},
      {"127.0.0.1:-1", "not a number", "0 to 65535"},
      {"127.0.0.1:8o8o", "not a number", "0 to 65535"},
      {"127.0.0.1:080", "starts with a zero", "without the leading zero"},
      {"127.0.0.1:00", "starts with a zero", "without the leading zero"},
      {"127.0.0.01:80", "not a numeric address", "127.0.0.1:8080"},
      {"256.0.0.1:80", "not a numeric address", "127.0.0.1:8080"},
      {"example.com:80", "not a numeric address", ":8080"},
      {"*:80", "not a numeric address", ":8080"},
      {"::1:8080", "not an address with a port", "[::1]:8080"},
      {"[::1]", "not an address with a port", "[::1]:8080"},
      {"[::1:8080", "not an address with a port", "[::1]:8080"},
      {"[::1]8080", "not an address with a port", "[::1]:8080"},
      {"[127.0.0.1]:80", "not a numeric address", "127.0.0.1:8080"},
      {"[]:80", "not a numeric address", ":8080"},
      {"[fe80::1%eth0]:80", "not a numeric address", "[::1]:8080"},
      {"ws://127.0.0.1:80", "is a URL", "127.0.0.1:8080"},
      {"unix:", "not an absolute path", "unix:/path"},
      {"unix:chat.sock", "not an absolute path", "unix:/path"},
      {"unix:///run/chat.sock", "not an absolute path", "one slash"},
      {"unix://run/chat.sock", "not an absolute path", "one slash"},
      {std::string("unix:/a\0b", 9), "NUL", "unix:/path"},
      {longest + "a", "has a path of 108 bytes", "at most 107"},
  });
  for (const BadRow& row : rows) check_bad(row, parse_listen_address(row.text));
}

TEST_CASE("an upstream is read in each of its forms") {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  const std::string with_longest = "ws://" + longest;
  const auto rows = std::to_array<GoodRow>({
      {"ws://10.0.0.7:9000", TcpAddress{"10.0.0.7", 9000}},
      {"ws://10.0.0.7", TcpAddress{"10.0.0.7", 80}},
      {"WS://chat.example.com:1", TcpAddress{"chat.example.com", 1}},
      {"ws://my_service:65535", TcpAddress{"my_service", 65535}},
      {"ws://localhost", TcpAddress{"localhost", 80}},
      {"ws://chat.example.com.", TcpAddress{"chat.example.com.", 80}},
      {"ws://1and1.com", TcpAddress{"1and1.com", 80}},
      {"ws://[2001:db8::1]", TcpAddress{"2001:db8::1", 80}},
      {"ws://[2001:db8::1]:9000", TcpAddress{"2001:db8::1", 9000}},
      {with_longest, TcpAddress{longest, 80}},
      {"unix:/run/chat.sock", UnixPath{"/run/chat.sock"}},
      {"wss://chat.example.com:9000", TcpAddress{"chat.example.com", 9000}},
      {"WSS://10.0.0.7", TcpAddress{"10.0.0.7", 443}},
      {"wss://[2001:db8::1]", TcpAddress{"2001:db8::1", 443}},
  });
  for (const GoodRow& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_upstream(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == Upstream{row.expected, in_lower_case(row.text).starts_with("wss://")});
  }
  CHECK_FALSE(parse_upstream(with_longest + "b").has_value());  // 254 characters
}

TEST_CASE("a bad upstream is refused with what would be right") {
  const auto rows = std::to_array<BadRow>({
      {"", "no scheme", "ws://host:port"},
      {"10.0.0.7:9000", "no scheme", "ws://host:port"},
      {"http://10.0.0.7:9000", "scheme that no upstream has", "ws://host:port"},
      {"wss://10.0.0.7:9000/chat", "has a path", "write wss://10.0.0.7:9000"},
      {"wss://user@host", "names a user", "write wss://host"},
      {"ws://10.0.0.7:9000/", "request targets pass unchanged", "write ws://10.0.0.7:9000"},
      {"ws://10.0.0.7:9000/chat", "/chat", "write ws://10.0.0.7:9000"},
      {"ws://[::1]:9/a?b", "has a path", "write ws://[::1]:9"},
      {"ws://host?x=1", "has a query", "write ws://host"},
      {"ws://host#top", "has a fragment", "write ws://host"},
      {"ws://user:secret@host:1", "names a user", "write ws://host:1"},
      {"ws://", "names no host", "ws://host:port"},
      {"ws://:9000", "names no host", "ws://host:port"},
      {"ws://host:0", "port 0", "port of the service"},
      {"ws://host:", "lacks a port", "0 to 65535"},
      {"ws://host:65536", "too large", "0 to 65535"},
      {"ws://host:09", "starts with a zero", "without the leading zero"},
      {"ws://::1:9000", "not ws://host:port", "ws://host:port"},
      {"ws://1.2.3.999", "neither a host name nor an address", "ws://host:port"},
      {"ws://[1.2.3.4]", "neither a host name nor an address", "ws://host:port"},
      {"ws://a b", "neither a host name nor an address", "ws://host:port"},
      {"ws://-a", "neither a host name nor an address", "ws://host:port"},
      {"ws://a-", "neither a host name nor an address", "ws://host:port"},
      {"ws://a..b", "neither a host name nor an address", "ws://host:port"},
      {"ws://caf\xc3\xa9.fr", "neither a host name nor an address", "ws://host:port"},
      {"ws://" + std::string(64, 'a'), "neither a host name nor an address", "ws://host:port"},
      {"unix:relative", "not an absolute path", "unix:/path"},
  });
  for (const BadRow& row : rows) check_bad(row, parse_upstream(row.text));
}

TEST_CASE("a password in an upstream is not repeated in the error") {
  for (const std::string_view text : {"ws://user:secret@host:1/path", "http://user:secret@host",
                                      "user:secret@host", "wss://:secret@"}) {
    CAPTURE(text);
    const auto parsed = parse_upstream(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK_FALSE(to_text(parsed.error()).contains("secret"));
  }
}

struct PairRow {
  std::string_view a;
  std::string_view b;
  bool expected;
};

TEST_CASE("a host name has labels of letters, digits, hyphens and underscores") {
  const std::string label63(63, 'a');
  const std::string name253 = label63 + "." + label63 + "." + label63 + "." + label63.substr(2);
  for (const std::string& good : {std::string("h"), std::string("a_b.c-d.example."), label63,
                                  name253, std::string("10.0.0.1")}) {
    CAPTURE(good);
    CHECK(is_host_name(good));
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string("a..b"), std::string("-a"), std::string("a-"),
        std::string("a b"), std::string("*.a"), std::string("a:1"), label63 + "a", name253 + "a",
        std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
    CAPTURE(bad);
    CHECK_FALSE(is_host_name(bad));
  }
}

TEST_CASE("two listening addresses are the same when the kernel would mix their clients") {
  const auto rows = std::to_array<PairRow>({
      {"127.0.0.1:80", "127.0.0.1:80", true},
      {"127.0.0.1:80", "127.0.0.1:81", false},
      {"127.0.0.1:80", "127.0.0.2:80", false},
      {"[::1]:80", "[0:0:0:0:0:0:0:1]:80", true},
      {":80", ":80", true},
      {":80", "0.0.0.0:80", true},
      {":80", "[::]:80", true},
      {"[::]:80", "0.0.0.0:80", false},
      {":80", "127.0.0.1:80", false},
      {"127.0.0.1:0", "127.0.0.1:0", false},
      {"unix:/a", "unix:/a", true},
      {"unix:/a", "unix:/b", false},
      {"unix:/a", ":80", false},
  });
  for (const PairRow& row : rows) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    const Address a = *parse_listen_address(row.a);
    const Address b = *parse_listen_address(row.b);
    CHECK(is_same_listen_address(a, b) == row.expected);
    CHECK(is_same_listen_address(b, a) == row.expected);
  }
}

TEST_CASE("an upstream leads to its own listener only where that is certain") {
  const auto rows = std::to_array<PairRow>({
      {"ws://127.0.0.1:8080", "127.0.0.1:8080", true},
      {"ws://localhost:8080", "127.0.0.1:8080", true},
      {"ws://LOCALHOST:8080", "[::1]:8080", true},
      {"ws://127.0.0.1:8080", ":8080", true},
      {"ws://127.0.0.1:8080", "0.0.0.0:8080", true},
      {"ws://[::1]:8080", "[::]:8080", true},
      {"ws://0.0.0.0:8080", ":8080", true},
      {"ws://127.0.0.1:8081", "127.0.0.1:8080", false},
      {"ws://127.0.0.2:8080", "127.0.0.1:8080", false},
      {"ws://10.0.0.7:8080", ":8080", false},
      {"ws://chat:8080", ":8080", false},
      {"ws://127.0.0.1:8080", "127.0.0.1:0", false},
      {"unix:/a", "unix:/a", true},
      {"unix:/a", "unix:/b", false},
      {"unix:/a", ":8080", false},
  });
  for (const PairRow& row : rows) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    CHECK(leads_to(parse_upstream(row.a)->address, *parse_listen_address(row.b)) == row.expected);
  }
}

}  // namespace
}  // namespace lastframe::net
