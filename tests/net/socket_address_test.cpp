#include "net/socket_address.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "support/raw_peer.h"

namespace lastframe::net {
namespace {

using test::RawListener;
using test::RawPeer;
using test::TemporaryFolder;

TEST_CASE("numeric addresses are read and written in each family") {
  struct Row {
    std::string host;
    std::string_view text;
    std::string_view host_text;
    int family;
  };
  const std::array rows{
      Row{"10.0.0.7", "10.0.0.7:9000", "10.0.0.7", AF_INET},
      Row{"::1", "[::1]:9000", "::1", AF_INET6},
      Row{"2001:DB8:0:0::1", "[2001:db8::1]:9000", "2001:db8::1", AF_INET6},
      Row{"::ffff:10.0.0.7", "10.0.0.7:9000", "10.0.0.7", AF_INET6},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    const auto address = SocketAddress::of_numeric(row.host, 9000);
    REQUIRE(address.has_value());
    CHECK(address->family() == row.family);
    CHECK(address->port() == 9000);
    CHECK(address->text() == row.text);
    CHECK(address->host_text() == row.host_text);
    CHECK_FALSE(address->is_unix());
  }
}

TEST_CASE("what is not a numeric address is a name") {
  for (const std::string_view name :
       {"localhost", "", "10.0.0", "10.0.0.7:80", "[::1]", "0x7f000001", "::1::", "256.1.1.1"}) {
    CAPTURE(name);
    CHECK_FALSE(SocketAddress::of_numeric(name, 1).has_value());
  }
}

TEST_CASE("a scope is kept") {
  const auto address = SocketAddress::of_numeric("fe80::1%lo", 80);
  REQUIRE(address.has_value());
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address->get());
  CHECK(v6->sin6_scope_id == 1);  // the loopback interface is the first of every machine
}

TEST_CASE("the port can be changed, but for a path that has none") {
  SocketAddress v4 = *SocketAddress::of_numeric("127.0.0.1", 1);
  v4.set_port(65535);
  CHECK(v4.text() == "127.0.0.1:65535");
  SocketAddress v6 = *SocketAddress::of_numeric("::1", 1);
  v6.set_port(2);
  CHECK(v6.text() == "[::1]:2");
  SocketAddress path = *SocketAddress::of_path("/run/a.sock");
  path.set_port(3);
  CHECK(path.port() == 0);
  CHECK(path.text() == "unix:/run/a.sock");
}

TEST_CASE("every address is the zero address of its family") {
  CHECK(SocketAddress::of_every_address(AF_INET, 80).text() == "0.0.0.0:80");
  CHECK(SocketAddress::of_every_address(AF_INET6, 80).text() == "[::]:80");
}

TEST_CASE("a path has 1 to 107 bytes") {
  CHECK_FALSE(SocketAddress::of_path("").has_value());
  CHECK_FALSE(SocketAddress::of_path(std::string(108, 'a')).has_value());
  const std::string longest(107, 'a');
  const auto address = SocketAddress::of_path(longest);
  REQUIRE(address.has_value());
  CHECK(address->is_unix());
  CHECK(address->text() == "unix:" + longest);
  CHECK(address->host_text().empty());
}

TEST_CASE("a socket tells its own and its peer's address") {
  RawListener listener;
  const RawPeer client = RawPeer::connect_to(listener.address());
  const RawPeer server = listener.accept();
  CHECK(SocketAddress::local_of(client.fd())->text() ==
        SocketAddress::peer_of(server.fd())->text());
  CHECK(SocketAddress::peer_of(client.fd())->text() == listener.address().text());
  CHECK_FALSE(SocketAddress::peer_of(listener.fd()).has_value());
  CHECK_FALSE(SocketAddress::local_of(-1).has_value());
}

TEST_CASE("the peer of a unix socket has no name unless it took one") {
  const TemporaryFolder folder;
  RawListener listener(*SocketAddress::of_path(folder.file("a.sock")));
  const RawPeer client = RawPeer::connect_to(listener.address());
  const RawPeer server = listener.accept();
  CHECK(SocketAddress::peer_of(server.fd())->text() == "unix:");
  CHECK(SocketAddress::local_of(server.fd())->text() == "unix:" + folder.file("a.sock"));
}

TEST_CASE("an address that the kernel wrote is kept as it is") {
  const SocketAddress address = *SocketAddress::of_numeric("192.0.2.1", 443);
  const SocketAddress copy = SocketAddress::from(address.get(), address.size());
  CHECK(copy.text() == "192.0.2.1:443");
  CHECK(copy.size() == sizeof(sockaddr_in));
}

}  // namespace
}  // namespace lastframe::net
