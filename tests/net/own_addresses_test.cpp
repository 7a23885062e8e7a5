#include "net/own_addresses.h"

#include <doctest/doctest.h>
#include <ifaddrs.h>

#include <array>
#include <string>
#include <vector>

namespace lastframe::net {
namespace {

Address at(std::string_view text) { return *parse_listen_address(text); }

SocketAddress to(std::string_view host, std::uint16_t port = 8080) {
  return *SocketAddress::of_numeric(host, port);
}

TEST_CASE("an address of our own is known under all names of this machine that reach it") {
  struct Row {
    std::string_view listening;
    std::string_view host;
    bool is_ours;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"127.0.0.1:8080", "127.0.0.1", true},
      {"127.0.0.1:8080", "::ffff:127.0.0.1", true},
      {"127.0.0.1:8080", "0.0.0.0", true},
      {"127.0.0.1:8080", "127.0.0.2", false},
      {"127.0.0.1:8080", "192.0.2.77", false},
      {"[::1]:8080", "::1", true},
      {"[::1]:8080", "::", true},
      {"[::1]:8080", "127.0.0.1", false},
      {":8080", "127.0.0.1", true},
      {":8080", "127.1.2.3", true},
      {":8080", "::1", true},
      {":8080", "0.0.0.0", true},
      {":8080", "192.0.2.77", false},
      {"0.0.0.0:8080", "127.0.0.1", true},
      {"192.0.2.77:8080", "192.0.2.77", true},
      {"192.0.2.77:8080", "127.0.0.1", false},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.listening);
    CAPTURE(row.host);
    OwnAddresses listeners;
    listeners.set_listeners({at(row.listening)});
    CHECK(listeners.holds(to(row.host)) == row.is_ours);
    CHECK_FALSE(listeners.holds(to(row.host, 8081)));
    OwnAddresses others;
    others.add(at(row.listening));
    CHECK(others.holds(to(row.host)) == row.is_ours);
  }
}

TEST_CASE("every address of this machine reaches who listens at all of them") {
  OwnAddresses own;
  own.set_listeners({at(":8080")});
  ifaddrs* all = nullptr;
  REQUIRE(getifaddrs(&all) == 0);
  int count = 0;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    SocketAddress address = SocketAddress::from(each->ifa_addr, sizeof(sockaddr_in));
    address.set_port(8080);
    CAPTURE(address.text());
    CHECK(own.holds(address));
    ++count;
  }
  freeifaddrs(all);
  CHECK(count > 0);
}

TEST_CASE("a reload replaces the listeners', and keeps the others") {
  OwnAddresses own;
  own.add(at("127.0.0.1:9464"));
  own.set_listeners({at("127.0.0.1:8080"), at("unix:/run/a.sock")});
  CHECK(own.holds(to("127.0.0.1")));
  own.set_listeners({at("127.0.0.1:8081")});
  CHECK_FALSE(own.holds(to("127.0.0.1")));
  CHECK(own.holds(to("127.0.0.1", 8081)));
  CHECK(own.holds(to("127.0.0.1", 9464)));
  CHECK_FALSE(own.holds(*SocketAddress::of_path("/run/a.sock")));
}

}  // namespace
}  // namespace lastframe::net
