#include "net/threaded_acceptor.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>

#include "net/sockets.h"
#include "support/raw_peer.h"
#include "support/waiting.h"

namespace lastframe::net {
namespace {

using test::RawPeer;

struct Service {
  explicit Service(std::size_t most) {
    auto listener = open_listening_socket(*SocketAddress::of_numeric("127.0.0.1", 0), {}, false);
    REQUIRE(listener);
    address = *SocketAddress::local_of(listener->get());
    auto started = ThreadedAcceptor::start(
        *std::move(listener),
        {.most_connections = most,
         .serve =
             [this](const FileDescriptor& socket, int stop) {
               ++open;
               pollfd watched[] = {{stop, POLLIN, 0}, {socket.get(), POLLIN, 0}};
               ::poll(watched, 2, -1);
               char read[16];
               ::recv(socket.get(), read, sizeof(read), MSG_DONTWAIT);
               --open;
             },
         .turn_away = [](int socket) { ::send(socket, "full", 4, MSG_NOSIGNAL); }});
    REQUIRE(started);
    acceptor = *std::move(started);
  }

  std::atomic<int> open{0};
  SocketAddress address = *SocketAddress::of_numeric("127.0.0.1", 0);
  std::unique_ptr<ThreadedAcceptor> acceptor;
};

TEST_CASE("each connection is served by a thread of its own, until the service ends") {
  Service service(8);
  RawPeer first = RawPeer::connect_to(service.address);
  RawPeer second = RawPeer::connect_to(service.address);
  test::wait_until("both are served", [&] { return service.open == 2; });
  service.acceptor.reset();
  CHECK(service.open == 0);
  CHECK(first.receive_to_end().bytes.empty());
}

TEST_CASE("one beyond the most is turned away, and a place that is left is given again") {
  Service service(1);
  RawPeer first = RawPeer::connect_to(service.address);
  test::wait_until("the first is served", [&] { return service.open == 1; });
  RawPeer second = RawPeer::connect_to(service.address);
  CHECK(second.receive_to_end().bytes == "full");
  first.send("bye");
  test::wait_until("the first is over", [&] { return service.open == 0; });
  // Its place is free a moment after its thread's work.
  test::wait_until("the next one is served", [&] {
    RawPeer next = RawPeer::connect_to(service.address);
    next.send("hello");
    const test::Received received = next.receive_to_end();
    return received.bytes.empty() && received.end == test::End::fin;
  });
}

}  // namespace
}  // namespace lastframe::net
