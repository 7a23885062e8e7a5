// With a firewall: tests/system/test_redirect.py.
#include "net/destination.h"

#include <doctest/doctest.h>

#include <string>

#include "support/raw_peer.h"
#include "support/temporary_folder.h"

namespace lastframe::net {
namespace {

using test::RawListener;
using test::RawPeer;

TEST_CASE("a connection that no firewall led here was going nowhere else") {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    CAPTURE(host);
    RawListener listener(1, host);
    const RawPeer client = RawPeer::connect_to(listener.address());
    const RawPeer accepted = listener.accept();
    CHECK_FALSE(redirected_from(accepted.fd()));
    CHECK_FALSE(redirected_from(client.fd()));
  }
}

TEST_CASE("TPROXY leaves the destination as the socket's own address") {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    CAPTURE(host);
    RawListener listener(1, host);
    const RawPeer client = RawPeer::connect_to(listener.address());
    const RawPeer accepted = listener.accept();
    const auto port = listener.address().port();
    const auto other = static_cast<std::uint16_t>(port - 1);
    const auto found = intercepted_from(accepted.fd(), other);
    REQUIRE(found.has_value());
    CHECK(found->text() == listener.address().text());
    CHECK_FALSE(intercepted_from(accepted.fd(), port));  // it is ours
  }
}

TEST_CASE("a unix socket has no destination, and neither has a socket that is gone") {
  const test::TemporaryFolder folder;
  RawListener listener(*SocketAddress::of_path(folder.file("service")));
  const RawPeer client = RawPeer::connect_to(listener.address());
  const RawPeer accepted = listener.accept();
  CHECK_FALSE(redirected_from(accepted.fd()));
  CHECK_FALSE(intercepted_from(accepted.fd(), 80));
  CHECK_FALSE(redirected_from(-1));
  CHECK_FALSE(intercepted_from(-1, 80));
}

}  // namespace
}  // namespace lastframe::net
