#include "probe/wire.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/eventfd.h>

#include <chrono>
#include <string>
#include <thread>

#include "net/clock.h"
#include "support/socket_pair.h"

using namespace lastframe;
using namespace lastframe::probe;
using namespace std::chrono_literals;

namespace {

net::FileDescriptor not_blocking(net::FileDescriptor socket) {
  fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

std::pair<Wire, Wire> both_ends(const WireOptions& options) {
  auto [a, b] = socket_pair();
  return {Wire(not_blocking(std::move(a)), options), Wire(not_blocking(std::move(b)), options)};
}

}  // namespace

TEST_CASE("bytes come as they were sent, and then the end") {
  auto [a, b] = both_ends({});
  CHECK(a.send(as_bytes("hello"), net::now() + 20s));
  a.end();
  std::string got;
  CHECK(b.receive(got, net::now() + 20s) == Wire::Got::bytes);
  CHECK(got == "hello");
  CHECK_FALSE(b.ended().has_value());
  CHECK(b.receive(got, net::now() + 20s) == Wire::Got::end);
  CHECK(b.ended() == session::EndKind::fin);
}

TEST_CASE("what does not come in time is not waited for") {
  auto [a, b] = both_ends({});
  std::string got;
  CHECK(b.receive(got, net::now()) == Wire::Got::nothing_in_time);
  CHECK(b.receive(got, net::now() + 10ms) == Wire::Got::nothing_in_time);
  CHECK(got.empty());
  CHECK_FALSE(a.send(as_bytes(std::string(std::size_t{8} << 20, 'x')), net::now() + 50ms));
}

TEST_CASE("a stop is not waited through") {
  const net::FileDescriptor stop(eventfd(0, EFD_CLOEXEC));
  auto [a, b] = both_ends({.stop = stop.get()});
  std::thread stopping([&] { eventfd_write(stop.get(), 1); });
  std::string got;
  CHECK(b.receive(got, net::now() + 20s) == Wire::Got::stopped);
  stopping.join();
}

TEST_CASE("two sides that both send much do not wait for each other") {
  auto [a, b] = both_ends({.most_held = std::size_t{64} << 20});
  const std::string much(std::size_t{8} << 20, 'm');
  const auto exchange = [&much](Wire& wire) {
    if (!wire.send(as_bytes(much), net::now() + 20s)) return std::string();
    std::string got;
    while (got.size() < much.size() && wire.receive(got, net::now() + 20s) == Wire::Got::bytes) {
    }
    return got;
  };
  std::string other_got;
  std::thread other([&, &wire = b] { other_got = exchange(wire); });
  const std::string got = exchange(a);
  other.join();
  CHECK(got == much);
  CHECK(other_got == much);
}
