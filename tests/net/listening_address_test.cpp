#include "net/listening_address.h"

#include <doctest/doctest.h>

#include <string>

#include "net/sockets.h"

namespace lastframe::net {
namespace {

TEST_CASE("a listening address becomes the kernel's, or says why it cannot") {
  const auto numeric = listen_at(TcpAddress{"127.0.0.1", 8080});
  REQUIRE(numeric);
  CHECK(numeric->address.text() == "127.0.0.1:8080");
  CHECK_FALSE(numeric->takes_both_families);
  CHECK(bound_text(*numeric, numeric->address) == "127.0.0.1:8080");

  const auto path = listen_at(UnixPath{"/run/a.sock"});
  REQUIRE(path);
  CHECK(path->address.text() == "unix:/run/a.sock");

  const auto every = listen_at(TcpAddress{"", 8080});
  REQUIRE(every);
  CHECK(every->address.port() == 8080);
  if (every->takes_both_families) CHECK(bound_text(*every, every->address) == ":8080");

  const auto too_long = listen_at(UnixPath{std::string(200, 'a')});
  REQUIRE_FALSE(too_long);
  CHECK(too_long.error().remedy == "use at most 107 bytes");
}

TEST_CASE("an address is free until somebody listens there, on either family") {
  const auto any_port = listen_at(TcpAddress{"127.0.0.1", 0});
  REQUIRE(any_port);
  const auto socket = open_listening_socket(any_port->address, {}, false);
  REQUIRE(socket);
  const std::uint16_t port = SocketAddress::local_of(socket->get())->port();
  CHECK(check_all_free(*any_port));
  const auto taken = check_all_free(*listen_at(TcpAddress{"127.0.0.1", port}));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().remedy.starts_with("stop the process"));
  CHECK_FALSE(check_all_free(*listen_at(TcpAddress{"", port})));
}

}  // namespace
}  // namespace lastframe::net
