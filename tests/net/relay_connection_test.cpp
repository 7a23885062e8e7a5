#include "net/relay_connection.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/sockets.h"
#include "support/relay_harness.h"

namespace lastframe::net {
namespace {

using session::EndKind;
using test::End;
using test::Gate;
using test::kClose;
using test::kMaskedClose;
using test::kPlainRequest;
using test::kSwitchingResponse;
using test::numbered_bytes;
using test::open_websocket;
using test::Pair;
using test::RawListener;
using test::RawPeer;
using test::relaying_to;
using test::RelayUnderTest;
using test::wait_until;

bool has_end(const session::SessionReport& report, Endpoint endpoint, EndKind how) {
  return std::ranges::any_of(report.stream_ends, [&](const session::StreamEnd& end) {
    return end.endpoint == endpoint && end.how == how;
  });
}

// Holds the only worker while the test arranges what it will find all at once afterwards.
class HeldWorker {
 public:
  HeldWorker(RelayUnderTest& relay, RawListener& upstream, Gate& gate)
      : gate_(gate), pair_(open_and_hold(relay, upstream)) {
    gate_.wait_until_reached();
  }
  void release() { gate_.open(); }

 private:
  // The response is read by the client before the observer is told, so this does not wait.
  static Pair open_and_hold(RelayUnderTest& relay, RawListener& upstream) {
    return open_websocket(relay, upstream);
  }

  Gate& gate_;
  Pair pair_;
};

// The relay's own socket whose peer is `peer`: the relay lives in this process.
int relay_s_socket_towards(const RawPeer& peer) {
  const std::string wanted = peer.address().text();
  for (int fd = 3; fd < 1024; ++fd) {
    const auto address = SocketAddress::peer_of(fd);
    if (address && !address->is_unix() && address->text() == wanted) return fd;
  }
  return -1;
}

TEST_CASE("bytes pass unchanged in both directions, whatever they are") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint sender : kEndpoints) {
    CAPTURE(name(sender));
    Pair pair = connect_through(relay, upstream);
    const std::string bytes = numbered_bytes(3'000'000);
    std::thread sending([&] {
      pair[sender].send(bytes);
      pair[sender].fin();
    });
    const auto received = pair[other(sender)].receive_to_end();
    sending.join();
    CHECK(received.end == End::fin);
    CHECK(received.bytes == bytes);
  }
}

TEST_CASE("both directions are full at once") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  Pair pair = connect_through(relay, upstream);
  const std::string bytes = numbered_bytes(5'000'000);
  std::array<test::Received, 2> received;
  std::vector<std::thread> threads;
  for (const Endpoint endpoint : kEndpoints) {
    threads.emplace_back([&, endpoint] {
      pair[endpoint].send(bytes);
      pair[endpoint].fin();
    });
    threads.emplace_back(
        [&, endpoint] { received[index(endpoint)] = pair[endpoint].receive_to_end(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Endpoint endpoint : kEndpoints) {
    CHECK(received[index(endpoint)].bytes == bytes);
    CHECK(received[index(endpoint)].end == End::fin);
  }
  relay.wait_until_nobody_is_open();
}

TEST_CASE("a server may speak first") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  Pair pair = connect_through(relay, upstream);
  pair.server.send("220 ready\r\n");
  CHECK(pair.client.receive(11) == "220 ready\r\n");
}

TEST_CASE("a stream that ended goes on in the other direction") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint ends_first : kEndpoints) {
    CAPTURE(name(ends_first));
    Pair pair = connect_through(relay, upstream);
    RawPeer& first = pair[ends_first];
    RawPeer& second = pair[other(ends_first)];
    first.send("question");
    first.fin();
    const auto question = second.receive_to_end();
    CHECK(question.bytes == "question");
    CHECK(question.end == End::fin);
    const std::string answer = numbered_bytes(1'000'000);
    std::thread sending([&] {
      second.send(answer);
      second.fin();
    });
    const auto received = first.receive_to_end();
    sending.join();
    CHECK(received.bytes == answer);
    CHECK(received.end == End::fin);
  }
  relay.wait_until_nobody_is_open();
}

TEST_CASE("an end of stream is not held back until the other side ends") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint ends : kEndpoints) {
    CAPTURE(name(ends));
    Pair pair = connect_through(relay, upstream);
    pair[ends].fin();
    CHECK(pair[other(ends)].receive_to_end().end == End::fin);
    CHECK_FALSE(pair[ends].has_news());
  }
}

TEST_CASE("a reset is passed on as a reset, in both directions") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint resets : kEndpoints) {
    CAPTURE(name(resets));
    Pair pair = open_websocket(relay, upstream);
    pair[resets].reset();
    const auto received = pair[other(resets)].receive_to_end();
    CHECK(received.bytes.empty());
    CHECK(received.end == End::reset);
    const auto reports = relay.reports().wait_for(index(resets) + 1);
    CHECK(reports.back().ending == session::Ending::reset);
    REQUIRE(reports.back().stream_ends.size() == 1);
    CHECK(reports.back().stream_ends.front().endpoint == resets);
  }
  relay.wait_until_nobody_is_open();
}

TEST_CASE("bytes before a reset arrive before it") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  const std::string bytes = numbered_bytes(50'000);  // within every socket's buffers
  for (const Endpoint resets : kEndpoints) {
    CAPTURE(name(resets));
    for (int round = 0; round < 20; ++round) {
      Pair pair = connect_through(relay, upstream);
      pair[resets].send(bytes);
      wait_until("acknowledged bytes", [&] { return unacked_bytes(pair[resets].fd()) == 0; });
      pair[resets].reset();
      const auto received = pair[other(resets)].receive_to_end();
      CHECK(received.end == End::reset);
      REQUIRE(received.bytes == bytes);
    }
  }
}

TEST_CASE("bytes behind a reset do not stop it") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint resets : kEndpoints) {
    CAPTURE(name(resets));
    Pair pair = connect_through(relay, upstream);
    pair[other(resets)].send_what_fits(numbered_bytes(16 << 20));  // nobody reads it
    pair[resets].reset();
    CHECK(pair[other(resets)].receive_to_end().end == End::reset);
  }
  relay.wait_until_nobody_is_open();
}

// Data and a reset wait at one socket when our write to it runs first: the write takes the error,
// and the data is there all the same.
TEST_CASE("a reset that a write meets first does not cost the bytes before it") {
  for (const Endpoint resets : kEndpoints) {
    CAPTURE(name(resets));
    Gate gate;
    RawListener upstream;
    RelayUnderTest relay(relaying_to(upstream),
                         [&](const session::SessionReport&) { gate.pass(); });
    Pair pair = connect_through(relay, upstream);
    HeldWorker held(relay, upstream, gate);
    // The worker will find the other side's bytes first, and write them to a socket that is reset.
    pair[other(resets)].send("too late");
    pair[resets].send("last words");
    wait_until("acknowledged bytes", [&] { return unacked_bytes(pair[resets].fd()) == 0; });
    pair[resets].reset();
    held.release();
    const auto received = pair[other(resets)].receive_to_end();
    CHECK(received.bytes == "last words");
    CHECK(received.end == End::reset);
  }
}

TEST_CASE("a reset after an orderly end is passed on, and both are in the record") {
  for (const Endpoint resets : kEndpoints) {
    CAPTURE(name(resets));
    RawListener upstream;
    RelayUnderTest relay(relaying_to(upstream));
    Pair pair = open_websocket(relay, upstream);
    pair[resets].fin();
    CHECK(pair[other(resets)].receive_to_end().end == End::fin);
    pair[resets].reset();
    // The reader has seen the end already; the reset shows when it writes, or as an error.
    wait_until("the reset",
               [&] { return ::send(pair[other(resets)].fd(), "x", 1, MSG_NOSIGNAL) < 0; });
    const auto report = relay.reports().wait_for(1).front();
    CHECK(has_end(report, resets, EndKind::fin));
    CHECK(has_end(report, resets, EndKind::reset));
    CHECK(report.stream_ends.front().how == EndKind::fin);
    relay.wait_until_nobody_is_open();
  }
}

// As above, where the write comes first: what it could not deliver is still shown to the session.
TEST_CASE("a Close frame towards a peer that is gone is seen all the same") {
  for (const Endpoint resets : kEndpoints) {
    CAPTURE(name(resets));
    Gate gate;
    RawListener upstream;
    std::atomic<int> starts{0};
    RelayUnderTest relay(relaying_to(upstream), [&](const session::SessionReport&) {
      if (++starts == 2) gate.pass();
    });
    Pair pair = open_websocket(relay, upstream);
    pair[resets].fin();
    CHECK(pair[other(resets)].receive_to_end().end == End::fin);
    HeldWorker held(relay, upstream, gate);
    pair[other(resets)].send(resets == Endpoint::client ? kClose : kMaskedClose);
    wait_until("acknowledged bytes", [&] { return unacked_bytes(pair[other(resets)].fd()) == 0; });
    pair[resets].reset();
    held.release();
    const auto report = relay.reports().wait_for(1).front();
    CHECK(has_end(report, resets, EndKind::reset));
    const auto& close = report.close_frames[index(other(resets))];
    REQUIRE(close.has_value());
    CHECK(close->code == 1000);
    CHECK(report.violation_count == 0);
  }
}

TEST_CASE("an urgent byte stays in its place") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint sender : kEndpoints) {
    CAPTURE(name(sender));
    Pair pair = connect_through(relay, upstream);
    pair[sender].send("abc");
    pair[sender].send_urgent('!');
    pair[sender].send("def");
    CHECK(pair[other(sender)].receive(7) == "abc!def");
    pair[sender].send_urgent('?');
    pair[sender].fin();
    const auto rest = pair[other(sender)].receive_to_end();
    CHECK(rest.bytes == "?");
    CHECK(rest.end == End::fin);
  }
}

TEST_CASE("a reader that stalls gets everything, and the end behind it") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  const std::string bytes = numbered_bytes(8 << 20);
  for (const Endpoint sender : kEndpoints) {
    CAPTURE(name(sender));
    Pair pair = connect_through(relay, upstream);
    const std::size_t taken = pair[sender].send_what_fits(bytes);
    std::thread sending([&] {
      pair[sender].send(std::string_view(bytes).substr(taken));
      pair[sender].fin();
    });
    const auto received = pair[other(sender)].receive_to_end();
    sending.join();
    CHECK(received.end == End::fin);
    CHECK(received.bytes == bytes);
  }
}

TEST_CASE("one direction that stalls does not hold up the other") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  for (const Endpoint stalls : kEndpoints) {
    CAPTURE(name(stalls));
    Pair pair = connect_through(relay, upstream);
    pair[other(stalls)].send_what_fits(numbered_bytes(16 << 20));
    pair[stalls].send("still here");
    CHECK(pair[other(stalls)].receive(10) == "still here");
  }
}

TEST_CASE("no more than the limit is held for a direction, and the record says how much") {
  RawListener upstream;
  net::RelayOptions options = relaying_to(upstream);
  options.limits.pending_per_direction = 20'000;
  RelayUnderTest relay(options);
  Pair pair = open_websocket(relay, upstream);
  const std::string bytes = numbered_bytes(64 << 20);
  // Backpressure: what the sockets do not hold waits at its sender.
  CHECK(pair.server.send_what_fits(bytes) < bytes.size());
  CHECK(pair.client.send_what_fits(bytes) < bytes.size());
  pair.client.reset();
  pair.server.receive_to_end();
  const auto report = relay.reports().wait_for(1).front();
  for (const Direction direction : kDirections) {
    CAPTURE(name(direction));
    const session::Traffic& traffic = report.traffic[index(direction)];
    CHECK(traffic.pending_max > 0);
    CHECK(traffic.pending_max <= 20'000);
    CHECK(traffic.stalled > std::chrono::microseconds(100'000));
  }
}

TEST_CASE("both sides close at once") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    Pair pair = open_websocket(relay, upstream);
    pair.client.send(kMaskedClose);
    pair.client.fin();
    pair.server.send(kClose);
    pair.server.fin();
    const auto at_client = pair.client.receive_to_end();
    const auto at_server = pair.server.receive_to_end();
    CHECK(at_client.bytes == kClose);
    CHECK(at_client.end == End::fin);
    CHECK(at_server.bytes == kMaskedClose);
    CHECK(at_server.end == End::fin);
  }
  for (const auto& report : relay.reports().wait_for(kRounds)) {
    CHECK(report.clean);
    CHECK(report.ending == session::Ending::closing_handshake);
    CHECK(report.stream_ends.size() == 2);
  }
  relay.wait_until_nobody_is_open();
}

TEST_CASE("both legs have keep-alive as the listener says") {
  for (const bool has_keepalive : {true, false}) {
    CAPTURE(has_keepalive);
    RawListener upstream;
    net::RelayOptions options = relaying_to(upstream);
    options.listeners.front().keepalive.reset();
    if (has_keepalive) options.listeners.front().keepalive = KeepAlive{};
    RelayUnderTest relay(options);
    Pair pair = open_websocket(relay, upstream);
    const int towards_client = relay_s_socket_towards(pair.client);
    const int towards_server = [&] {
      const auto relay_end = SocketAddress::peer_of(pair.server.fd());
      for (int fd = 3; fd < 1024; ++fd) {
        const auto local = SocketAddress::local_of(fd);
        if (local && local->text() == relay_end->text()) return fd;
      }
      return -1;
    }();
    for (const int fd : {towards_client, towards_server}) {
      REQUIRE(fd >= 0);
      int value = -1;
      socklen_t size = sizeof(value);
      REQUIRE(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size) == 0);
      CHECK(value == (has_keepalive ? 1 : 0));
      REQUIRE(getsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &value, &size) == 0);
      CHECK(value == 1);
    }
  }
}

TEST_CASE("an observer that throws is cut off, and the bytes flow on") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream), [](const session::SessionReport&) {
    throw std::runtime_error("an observer's bug");
  });
  for (int i = 1; i <= 3; ++i) {
    Pair pair = open_websocket(relay, upstream);
    pair.client.send(test::kMaskedHello);
    CHECK(pair.server.receive(test::kMaskedHello.size()) == test::kMaskedHello);
    pair.server.send(test::kHello);
    CHECK(pair.client.receive(test::kHello.size()) == test::kHello);
    close_websocket(pair);
    CHECK(relay->totals().shed_analyses == static_cast<std::uint64_t>(i));
  }
  relay.wait_until_nobody_is_open();
  CHECK(relay.reports().count() == 0);
}

TEST_CASE("a connection that is idle for too long is ended in order, and said to be given up") {
  RawListener upstream;
  net::RelayOptions options = relaying_to(upstream);
  options.listeners.front().timeouts.idle = std::chrono::milliseconds(300);
  RelayUnderTest relay(options);
  Pair pair = open_websocket(relay, upstream);
  CHECK(pair.client.receive_to_end().end == End::fin);
  CHECK(pair.server.receive_to_end().end == End::fin);
  pair.client.close();
  pair.server.close();
  const auto report = relay.reports().wait_for(1).front();
  CHECK(report.ending == session::Ending::timeout);
  CHECK(report.initiator == session::Initiator::proxy);
  relay.wait_until_nobody_is_open();
}

TEST_CASE("traffic in either direction keeps a connection from being idle") {
  RawListener upstream;
  net::RelayOptions options = relaying_to(upstream);
  options.listeners.front().timeouts.idle = std::chrono::milliseconds(1500);
  RelayUnderTest relay(options);
  Pair pair = open_websocket(relay, upstream);
  for (int i = 0; i < 24; ++i) {  // 2.4 s
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const Endpoint sender = kEndpoints[static_cast<std::size_t>(i % 2)];
    pair[sender].send("x");
    REQUIRE(pair[other(sender)].receive(1) == "x");
  }
}

TEST_CASE("a handshake that is not answered in time is given up, an answered one is not") {
  RawListener upstream;
  net::RelayOptions options = relaying_to(upstream);
  options.listeners.front().timeouts.handshake = std::chrono::milliseconds(700);
  RelayUnderTest relay(options);
  Pair answered = open_websocket(relay, upstream);
  Pair silent = connect_through(relay, upstream);
  silent.client.send(kPlainRequest);
  CHECK(silent.server.receive_to_end().bytes == kPlainRequest);
  CHECK(silent.client.receive_to_end().end == End::fin);
  silent.client.close();
  silent.server.close();
  CHECK(relay.reports().wait_for(1).front().kind == session::RecordKind::handshake_failed);
  answered.client.send(test::kMaskedHello);
  CHECK(answered.server.receive(test::kMaskedHello.size()) == test::kMaskedHello);
}

TEST_CASE("peers that flood while we close hold nobody up, and are closed in the end") {
  RawListener upstream;
  net::RelayOptions options = relaying_to(upstream);
  options.listeners.front().timeouts.idle = std::chrono::milliseconds(300);
  RelayUnderTest relay(options);
  Pair busy = open_websocket(relay, upstream);
  constexpr std::size_t kFloods = 3;
  std::vector<std::thread> floods;
  std::atomic<std::size_t> flooding{kFloods};
  for (std::size_t i = 0; i < kFloods; ++i) {
    // Nobody reads it, so that the relay gives it up as idle, and then discards what comes.
    floods.emplace_back([&] {
      RawPeer client = relay.connect();
      const std::string bytes(1 << 20, 'x');
      while (::send(client.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) continue;
      --flooding;
    });
  }
  while (flooding > 0) {
    busy.client.send("ping");
    REQUIRE(busy.server.receive(4) == "ping");
  }
  for (std::thread& flood : floods) flood.join();
}

TEST_CASE("no descriptor is left behind") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  {
    Pair warm_up = open_websocket(relay, upstream);
  }
  relay.wait_until_nobody_is_open();
  const auto count = [] { return count_open_files(); };
  const std::uint64_t before = count();
  for (int i = 0; i < 20; ++i) {
    Pair pair = open_websocket(relay, upstream);
    if (i % 3 == 0) pair.client.reset();
    if (i % 3 == 1) pair.server.reset();
  }
  relay.wait_until_nobody_is_open();
  wait_until("closed descriptors", [&] { return count() == before; });
}

}  // namespace
}  // namespace lastframe::net
