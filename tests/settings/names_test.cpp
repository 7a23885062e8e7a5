#include "settings/names.h"

#include <doctest/doctest.h>

#include <string_view>

namespace lastframe::settings {
namespace {

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
