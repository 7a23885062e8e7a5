#include "net/sockets.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <filesystem>

#include "support/raw_peer.h"

namespace lastframe::net {
namespace {

using test::End;
using test::RawListener;
using test::RawPeer;
using test::RefusingAddress;
using test::TemporaryFolder;
using test::wait_until;

const SocketAddress kLoopback = *SocketAddress::of_numeric("127.0.0.1", 0);

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  REQUIRE(getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

void check_prepared(int fd, const KeepAlive& keepalive) {
  CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(fd, SOL_SOCKET, SO_OOBINLINE) == 1);
  CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == keepalive.idle.count());
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == keepalive.interval.count());
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPCNT) == keepalive.probes);
}

TEST_CASE("an errno has its name") {
  CHECK(errno_name(ECONNREFUSED) == "ECONNREFUSED");
  CHECK(errno_name(EADDRNOTAVAIL) == "EADDRNOTAVAIL");
  CHECK(errno_name(99999) == "unknown");
}

TEST_CASE("accepted sockets inherit what a relayed socket needs") {
  const KeepAlive keepalive{
      .idle = std::chrono::seconds(33), .interval = std::chrono::seconds(7), .probes = 4};
  const auto listener = open_listening_socket(kLoopback, keepalive, false);
  REQUIRE(listener.has_value());
  const RawPeer client = RawPeer::connect_to(*SocketAddress::local_of(listener->get()));
  const FileDescriptor accepted(accept4(listener->get(), nullptr, nullptr, SOCK_NONBLOCK));
  REQUIRE(accepted.is_open());
  check_prepared(accepted.get(), keepalive);
}

TEST_CASE("the upstream's socket is prepared as well, and keep-alive can be left out") {
  RawListener upstream;
  const ConnectBegun with = begin_connect(upstream.address(), std::nullopt, KeepAlive{});
  REQUIRE(with.error == 0);
  check_prepared(with.socket.get(), KeepAlive{});
  const ConnectBegun without = begin_connect(upstream.address(), std::nullopt, std::nullopt);
  REQUIRE(without.error == 0);
  CHECK(option(without.socket.get(), SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK((fcntl(with.socket.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(with.socket.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a connection starts from the address that was asked for") {
  RawListener upstream;
  const auto from = SocketAddress::of_numeric("127.0.0.9", 0);
  const ConnectBegun begun = begin_connect(upstream.address(), from, std::nullopt);
  REQUIRE(begun.error == 0);
  const RawPeer server = upstream.accept();
  CHECK(SocketAddress::peer_of(server.fd())->host_text() == "127.0.0.9");
}

TEST_CASE("an address that this machine does not have cannot be connected from") {
  RawListener upstream;
  const auto from = SocketAddress::of_numeric("192.0.2.1", 0);
  CHECK(begin_connect(upstream.address(), from, std::nullopt).error == EADDRNOTAVAIL);
}

TEST_CASE("a refused connection is an errno, at once or as the socket's error") {
  const RefusingAddress nobody;
  ConnectBegun begun = begin_connect(nobody.address(), std::nullopt, std::nullopt);
  if (begun.error == 0) {
    pollfd done{.fd = begun.socket.get(), .events = POLLOUT, .revents = 0};
    REQUIRE(poll(&done, 1, 10'000) == 1);
    begun.error = take_socket_error(begun.socket.get());
    CHECK(take_socket_error(begun.socket.get()) == 0);  // taken
  }
  CHECK(begun.error == ECONNREFUSED);
}

TEST_CASE("a port where somebody listens is not free, with or without SO_REUSEPORT") {
  const auto shared = open_listening_socket(kLoopback, std::nullopt, false);
  REQUIRE(shared.has_value());
  const auto address = *SocketAddress::local_of(shared->get());
  CHECK(check_is_free(address) == EADDRINUSE);
  CHECK(open_listening_socket(address, std::nullopt, false).has_value());  // another worker's
  RawListener plain;
  CHECK(check_is_free(plain.address()) == EADDRINUSE);
  const auto error = open_listening_socket(plain.address(), std::nullopt, false);
  REQUIRE_FALSE(error.has_value());
  CHECK(error.error().what == "Address already in use");
  CHECK_FALSE(error.error().remedy.empty());
  CHECK(check_is_free(kLoopback) == 0);
}

TEST_CASE("a listener for every address takes clients of both families") {
  const auto listener =
      open_listening_socket(SocketAddress::of_every_address(AF_INET6, 0), std::nullopt, true);
  if (!listener) return;  // a machine without IPv6
  const std::uint16_t port = SocketAddress::local_of(listener->get())->port();
  CHECK(RawPeer::connect_to(*SocketAddress::of_numeric("127.0.0.1", port)).fd() >= 0);
  CHECK(RawPeer::connect_to(*SocketAddress::of_numeric("::1", port)).fd() >= 0);
}

TEST_CASE("a socket file that a dead process left is taken over, a live one is not") {
  const TemporaryFolder folder;
  const auto address = *SocketAddress::of_path(folder.file("a.sock"));
  {
    const RawListener dead(address);
  }
  REQUIRE(std::filesystem::exists(folder.file("a.sock")));
  const auto live = open_listening_socket(address, std::nullopt, false);
  REQUIRE(live.has_value());
  const auto second = open_listening_socket(address, std::nullopt, false);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().what == "Address already in use");
  CHECK(RawPeer::connect_to(address).fd() >= 0);
}

TEST_CASE("a file that is no socket is left alone") {
  const TemporaryFolder folder;
  const std::string path = folder.file("precious");
  FileDescriptor(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)).close();
  CHECK_FALSE(open_listening_socket(*SocketAddress::of_path(path), std::nullopt, false));
  CHECK(std::filesystem::is_regular_file(path));
}

TEST_CASE("a peer sees a reset after reset_and_close, and the bytes before it") {
  RawListener listener;
  RawPeer client = RawPeer::connect_to(listener.address());
  FileDescriptor server(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(send(server.get(), "abc", 3, 0) == 3);
  wait_until("acknowledged bytes", [&] { return unacked_bytes(server.get()) == 0; });
  reset_and_close(server);
  CHECK_FALSE(server.is_open());
  const auto received = client.receive_to_end();
  CHECK(received.bytes == "abc");
  CHECK(received.end == End::reset);
}

TEST_CASE("facts of the transport exist for TCP only") {
  RawListener listener;
  const RawPeer client = RawPeer::connect_to(listener.address());
  const auto facts = transport_facts(client.fd(), ECONNRESET);
  REQUIRE(facts.has_value());
  CHECK(facts->error == "ECONNRESET");
  CHECK(facts->unacked_bytes == 0);
  CHECK(transport_facts(client.fd(), 0)->error.empty());
  std::array<int, 2> pair{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
  const FileDescriptor one(pair[0]);
  const FileDescriptor two(pair[1]);
  CHECK_FALSE(transport_facts(one.get(), 0).has_value());
}

TEST_CASE("bytes that the peer's window does not take are unacknowledged") {
  RawListener listener;
  const RawPeer client = RawPeer::connect_to(listener.address(), 4096);
  RawPeer server = listener.accept();
  server.send_what_fits(std::string(4 << 20, 'x'));
  CHECK(unacked_bytes(server.fd()) > 0);
}

TEST_CASE("open files are counted, and their limit is raised to what is allowed") {
  const std::uint64_t before = count_open_files();
  const FileDescriptor one(open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(count_open_files() == before + 1);
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(raise_open_files_limit() == limit.rlim_max);
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(limit.rlim_cur == limit.rlim_max);
}

}  // namespace
}  // namespace lastframe::net
