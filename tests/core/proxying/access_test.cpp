#include "core/proxying/access.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastframe::proxying {
namespace {

Access access(const std::vector<std::string>& clients,
              const std::vector<std::string>& destinations) {
  auto compiled = Access::of(clients, destinations);
  REQUIRE(compiled);
  return *std::move(compiled);
}

TEST_CASE("clients are let in by their addresses") {
  struct Row {
    std::string_view rule;
    std::string_view client;
    bool is_admitted;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"10.0.0.0/8", "10.0.0.0", true},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "9.255.255.255", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"10.0.0.0/8", "a00::1", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1/32", "192.0.2.1", true},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "203.0.113.9", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::", false},
      {"::ffff:10.0.0.0/104", "10.0.0.1", true},
      {"fe80::/10", "fe80::1%eth0", true},
      {"10.0.0.0/8", "", false},  // a unix socket's client
      {"10.0.0.0/8", "chat.example", false},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.rule);
    CAPTURE(row.client);
    CHECK(access({std::string(row.rule)}, {}).admits(row.client) == row.is_admitted);
    CHECK(access({"198.51.100.1", std::string(row.rule)}, {}).admits(row.client) ==
          row.is_admitted);
  }
  CHECK(access({}, {}).admits("203.0.113.9"));
  CHECK(access({}, {}).admits(""));
  CHECK(Access().admits("203.0.113.9"));
}

TEST_CASE("property: a block holds what shares its first bits, bit by bit") {
  for (unsigned bits = 1; bits <= 32; ++bits) {
    const std::uint32_t first = 0xA5C3'96F0U & ~(bits == 32 ? 0U : 0xFFFF'FFFFU >> bits);
    const auto text = [](std::uint32_t ip) {
      return std::to_string(ip >> 24) + "." + std::to_string(ip >> 16 & 0xFF) + "." +
             std::to_string(ip >> 8 & 0xFF) + "." + std::to_string(ip & 0xFF);
    };
    const Access block = access({text(first) + "/" + std::to_string(bits)}, {});
    for (unsigned changed = 0; changed < 32; ++changed) {
      CAPTURE(bits);
      CAPTURE(changed);
      CHECK(block.admits(text(first ^ 0x8000'0000U >> changed)) == (changed >= bits));
    }
  }
}

TEST_CASE("destinations are let through by name, by address and by port") {
  struct Row {
    std::string_view rule;
    std::string_view host;
    std::uint16_t port;
    bool is_led_to;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"chat.example", "chat.example", 1, true},
      {"chat.example", "CHAT.example.", 65535, true},
      {"chat.example", "a.chat.example", 443, false},
      {"chat.example:443", "chat.example", 443, true},
      {"chat.example:443", "chat.example", 80, false},
      {"*.example", "chat.example", 80, true},
      {"*.example", "example", 80, false},
      {"*.example:443", "chat.example", 443, true},
      {"*.example:443", "chat.example", 444, false},
      {"*", "chat.example", 1, true},
      {"*", "192.0.2.1", 1, true},
      {"*", "::1", 1, true},
      {"*:443", "192.0.2.1", 443, true},
      {"*:443", "chat.example", 80, false},
      {"10.0.0.0/8", "10.1.2.3", 80, true},
      {"10.0.0.0/8", "11.1.2.3", 80, false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", 80, true},
      {"10.0.0.0/8", "ten.example", 80, false},  // its addresses are asked for later
      {"10.0.0.0/8:9000", "10.1.2.3", 9000, true},
      {"10.0.0.0/8:9000", "10.1.2.3", 9001, false},
      {"192.0.2.1:443", "192.0.2.1", 443, true},
      {"2001:db8::/32", "2001:db8::1", 80, true},
      {"2001:db8::1", "2001:DB8:0::1", 80, true},
      {"[2001:db8::/32]:443", "2001:db8::1", 443, true},
      {"[2001:db8::/32]:443", "2001:db8::1", 80, false},
      {"[2001:db8::1]", "2001:db8::1", 80, true},
      {"[::1]:443", "::1", 443, true},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.rule);
    CAPTURE(row.host);
    CAPTURE(row.port);
    const Destination destination{.host = std::string(row.host), .port = row.port};
    CHECK(access({}, {std::string(row.rule)}).leads_to(destination) == row.is_led_to);
    CHECK(access({}, {"other.example:1", std::string(row.rule)}).leads_to(destination) ==
          row.is_led_to);
  }
  CHECK(access({}, {}).leads_to({.host = "chat.example", .port = 1}));
  CHECK(Access().leads_to({.host = "192.0.2.1", .port = 1}));
}

TEST_CASE("the addresses of a name are let through by rules for addresses") {
  const Access rules = access({}, {"*.example", "10.0.0.0/8:9000"});
  CHECK(rules.leads_to_address("10.0.0.1", 9000));
  CHECK_FALSE(rules.leads_to_address("10.0.0.1", 9001));
  CHECK_FALSE(rules.leads_to_address("192.0.2.1", 9000));
  CHECK_FALSE(rules.leads_to_address("chat.example", 9000));
  CHECK_FALSE(rules.leads_to_address("", 9000));
  CHECK(access({}, {"fe80::/10"}).leads_to_address("fe80::1%eth0", 1));
  CHECK(access({}, {"*:443"}).leads_to_address("192.0.2.1", 443));
  CHECK(Access().leads_to_address("192.0.2.1", 443));
}

TEST_CASE("a rule that is none is an error that shows what would be right") {
  constexpr std::string_view kBlockForms = "; write 10.0.0.0/8, 2001:db8::/32 or a single address";
  constexpr std::string_view kForms =
      "; write chat.example:443, *.example, 10.0.0.0/8:9000, [2001:db8::/32]:443 or *; without a "
      "port for every port";
  const auto check = [](const std::vector<std::string>& clients,
                        const std::vector<std::string>& destinations, const std::string& expected) {
    const auto compiled = Access::of(clients, destinations);
    REQUIRE_FALSE(compiled);
    CHECK(to_text(compiled.error()) == expected);
  };
  constexpr std::string_view kPrefix =
      " has a prefix that is no number of bits; a prefix has 0 to 32 bits of IPv4, 0 to 128 of "
      "IPv6";
  for (const auto& [text, words] : {
           std::pair{"10.0.0.0/33", kPrefix},
           {"::/129", kPrefix},
           {"10.0.0.0/", kPrefix},
           {"10.0.0.0/-1", kPrefix},
           {"10.0.0.0/8/8", kPrefix},
           {"10.0.0.7/8", " has bits behind its prefix; write 10.0.0.0/8"},
           {"192.0.2.1/0", " has bits behind its prefix; write 0.0.0.0/0"},
           {"2001:db8::1/32", " has bits behind its prefix; write 2001:db8::/32"},
       }) {
    CAPTURE(text);
    const std::string expected = "\"" + std::string(text) + "\"" + std::string(words);
    check({text}, {}, expected);
    check({}, {text}, expected);
    check({"10.0.0.0/8", text}, {}, expected);
  }
  for (const std::string text : {"", "*", "chat.example", "10.0.0", "10.0.0.1:80", "[::1]"}) {
    CAPTURE(text);
    check({text}, {}, "\"" + text + "\" has no numeric address" + std::string(kBlockForms));
  }
  for (const auto& [text, words] : {
           std::pair{"", " is neither a host name nor an address"},
           {"chat.*", " is neither a host name nor an address"},
           {"127.1", " is neither a host name nor an address"},
           {"http://chat.example/", " has no port from 1 to 65535"},
           {"chat.example/8", " is neither a host name nor an address"},
           {"1:2:3", " is neither a host name nor an address"},
           {"chat.example:", " has no port from 1 to 65535"},
           {"chat.example:0", " has no port from 1 to 65535"},
           {"chat.example:https", " has no port from 1 to 65535"},
           {"10.0.0.0/8:65536", " has no port from 1 to 65535"},
           {"[2001:db8::", " has a bracket astray"},
           {"[2001:db8::]/32:443", " has a bracket astray"},
       }) {
    CAPTURE(text);
    check({}, {text}, "\"" + std::string(text) + "\"" + words + std::string(kForms));
  }
}

TEST_CASE("what is denied is so whatever else lets it through") {
  struct Row {
    std::vector<std::string> rules;
    std::string host;
    std::uint16_t port;
    bool is_let_through;
  };
  const std::vector<Row> rows{
      {{"!10.0.0.0/8"}, "10.1.2.3", 80, false},
      {{"!10.0.0.0/8"}, "11.1.2.3", 80, true},
      {{"!10.0.0.0/8"}, "chat.example", 80, true},
      {{"!10.0.0.0/8", "10.1.0.0/16"}, "10.1.2.3", 80, false},
      {{"10.1.0.0/16", "!10.0.0.0/8"}, "10.1.2.3", 80, false},
      {{"*", "!*.example:443"}, "a.example", 443, false},
      {{"*", "!*.example:443"}, "a.example", 80, true},
      {{"*", "!*.example:443"}, "a.test", 443, true},
      {{"!*"}, "chat.example", 80, false},
      {{"!*"}, "10.1.2.3", 80, false},
      {{"a.example", "!b.example"}, "b.example", 80, false},
      {{"a.example", "!b.example"}, "c.example", 80, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CAPTURE(row.rules.front());
    CHECK(access({}, row.rules).leads_to({row.host, row.port}) == row.is_let_through);
  }
  CHECK_FALSE(access({}, {"!fe80::/10"}).leads_to_address("fe80::1%eth0", 1));
  CHECK(access({}, {"!b.example"}).denies({"B.example.", 80}));
  CHECK_FALSE(access({}, {"a.example"}).denies({"b.example", 80}));
  CHECK_FALSE(Access::of({}, std::vector<std::string>{"!"}).has_value());
  CHECK_FALSE(Access::of({}, std::vector<std::string>{"!!a.example"}).has_value());
}

TEST_CASE("a destination is named by its own name or a range, and by no rule for all there is") {
  CHECK(access({}, {"localhost"}).names({"localhost", 80}));
  CHECK(access({}, {"127.0.0.0/8"}).names({"127.0.0.1", 80}));
  CHECK(access({}, {"127.0.0.1:80"}).names({"127.0.0.1", 80}));
  CHECK_FALSE(access({}, {"127.0.0.1:80"}).names({"127.0.0.1", 81}));
  CHECK_FALSE(access({}, {"*"}).names({"127.0.0.1", 80}));
  CHECK_FALSE(access({}, {"*.example"}).names({"a.example", 80}));
  CHECK_FALSE(access({}, {"127.0.0.0/8", "!127.0.0.1"}).names({"127.0.0.1", 80}));
  CHECK_FALSE(Access().names({"127.0.0.1", 80}));
}

}  // namespace
}  // namespace lastframe::proxying
