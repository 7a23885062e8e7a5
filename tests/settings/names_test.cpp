#include "settings/names.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe::settings {
namespace {

TEST_CASE("a name pattern is a name, or all names under one") {
  for (const std::string_view good : {"chat.example", "*.example", "chat", "*.chat", "Chat.EXAMPLE",
                                      "chat.example.", "a_b.c-d", "xn--caf-dma.example"}) {
    CAPTURE(good);
    CHECK(is_name_pattern(good));
  }
  for (const std::string_view bad :
       {"", "*", "*.", ".example", "*.*.example", "chat.*", "*chat.example", "-a.b", "a b",
        "caf\xc3\xa9.example", "10.0.0.1", "*.10.0.0.1", "::1", "chat.example:443", "a..b",
        "a\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_name_pattern(bad));
  }
}

TEST_CASE("a destination is a name, an address or a range, with or without a port") {
  for (const std::string_view good :
       {"*", "*:443", "chat.example", "chat.example:443", "*.example", "*.example:1", "10.0.0.7",
        "10.0.0.7:65535", "10.0.0.0/8", "10.0.0.0/8:9000", "2001:db8::1", "2001:db8::/32", "[::1]",
        "[::1]:443", "[2001:db8::/32]:443"}) {
    CAPTURE(good);
    CHECK(is_destination(good));
  }
  for (const std::string_view bad :
       {"", ":443", "chat.example:", "chat.example:0", "chat.example:65536", "chat.example:0443",
        "chat.example:x", "10.0.0.1/8", "10.0.0.0/33", "[::1", "[::1]443", "[::1]:", "[10.0.0.1]",
        "[chat.example]:443", "ws://chat.example", "chat.example/chat", "a b", "*.*:443"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_destination(bad));
  }
}

TEST_CASE("only what surely stays off the public Internet is private") {
  for (const std::string_view near : {"127.0.0.1",
                                      "127.255.255.255",
                                      "::1",
                                      "0.0.0.0",
                                      "::",
                                      "10.0.0.0",
                                      "10.255.255.255",
                                      "172.16.0.0",
                                      "172.31.255.255",
                                      "192.168.0.1",
                                      "169.254.1.1",
                                      "fe80::1",
                                      "febf::1",
                                      "fc00::1",
                                      "fdff::1",
                                      "::ffff:10.0.0.1",
                                      "localhost",
                                      "LOCALHOST",
                                      "chat",
                                      "printer.local",
                                      "chat.internal",
                                      "chat.default.svc",
                                      "chat.default.svc.cluster.local",
                                      "chat.internal.",
                                      "a.localhost"}) {
    CAPTURE(near);
    CHECK(is_private_host(near));
  }
  for (const std::string_view far :
       {"9.255.255.255",  "11.0.0.0",     "126.255.255.255", "128.0.0.1",
        "172.15.255.255", "172.32.0.0",   "192.167.255.255", "192.169.0.0",
        "169.253.0.1",    "203.0.113.9",  "8.8.8.8",         "2001:db8::1",
        "fec0::1",        "fe7f::1",      "fe00::1",         "fbff::1",
        "::ffff:8.8.8.8", "::2",          "chat.example",    "internal.example",
        "xlocal.example", "notlocal.com", "chat.mylocal",    "10.0.0.1.example",
        "0x8080808",      "134744072"}) {
    CAPTURE(far);
    CHECK_FALSE(is_private_host(far));
  }
}

}  // namespace
}  // namespace lastframe::settings
