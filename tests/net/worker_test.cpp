#include "net/worker.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/clock.h"
#include "net/sockets.h"
#include "support/relay_harness.h"

namespace lastframe::net {
namespace {

using test::CollectingObserver;
using test::End;
using test::numbered_bytes;
using test::RawListener;
using test::RawPeer;
using test::Reports;
using test::wait_until;

// One worker with its listener, and what a relay would lend it.
class WorkerUnderTest {
 public:
  explicit WorkerUnderTest(const RawListener& upstream, std::size_t most_pending = 1 << 28)
      : worker_(0, shared_, std::make_unique<CollectingObserver>(reports_, nullptr)) {
    quiet_libwebsockets();
    shared_.budget.most_connections = 100;
    shared_.budget.most_pending = most_pending;
    auto runtime = std::make_shared<ListenerRuntime>();
    runtime->options = test::relaying_to(upstream).listeners.front();
    runtime->session.listener = "test";
    runtime->session.upstream = "upstream";
    runtime->upstreams.push_back({upstream.address(), upstream.address().text()});
    runtime->pending_per_direction = 256 * 1024;
    auto socket = open_listening_socket(*SocketAddress::of_numeric("127.0.0.1", 0), {}, false);
    REQUIRE(socket.has_value());
    address_ = *SocketAddress::local_of(socket->get());
    worker_.listen(std::move(*socket), std::move(runtime), false, 1);
  }
  ~WorkerUnderTest() {
    worker_.stop_now();
    worker_.join();
  }

  Worker* operator->() { return &worker_; }
  Budget& budget() { return shared_.budget; }
  Counters& counters() { return shared_.counters; }
  RawPeer connect() const { return RawPeer::connect_to(address_); }

 private:
  Reports reports_;
  Shared shared_{.budget = {}, .counters = {}, .resolver = {}, .patterns = {}, .session_seed = 1};
  SocketAddress address_;
  Worker worker_;
};

test::Pair connect_through(const WorkerUnderTest& worker, RawListener& upstream) {
  RawPeer client = worker.connect();
  RawPeer server = upstream.accept();
  return {std::move(client), std::move(server)};
}

TEST_CASE("what was asked of a worker before it started is done when it runs") {
  RawListener upstream;
  WorkerUnderTest worker(upstream);
  CHECK_FALSE(worker->is_running());
  REQUIRE(worker->start().has_value());
  CHECK(worker->is_running());
  test::Pair pair = connect_through(worker, upstream);
  pair.client.send("hello");
  CHECK(pair.server.receive(5) == "hello");
}

TEST_CASE("a listening socket that a worker never came to is closed with it") {
  RawListener upstream;
  const std::uint64_t before = count_open_files();
  {
    WorkerUnderTest never_started(upstream);
  }
  CHECK(count_open_files() == before);
}

TEST_CASE("what is asked of a worker that has ended does no harm") {
  RawListener upstream;
  const std::uint64_t before = count_open_files();
  {
    WorkerUnderTest worker(upstream);
    REQUIRE(worker->start().has_value());
    worker->stop_now();
    wait_until("the end", [&] { return !worker->is_running(); });
    worker->join();
    worker->unlisten(1);
    worker->drain(now(), now());
    worker->listen(*open_listening_socket(*SocketAddress::of_numeric("127.0.0.1", 0), {}, false),
                   nullptr, false, 2);
  }
  CHECK(count_open_files() == before);
}

TEST_CASE("pending bytes are counted while they wait, and none is left in the end") {
  RawListener upstream;
  WorkerUnderTest worker(upstream);
  REQUIRE(worker->start().has_value());
  const std::string bytes = numbered_bytes(16 << 20);
  for (int how = 0; how < 4; ++how) {
    CAPTURE(how);
    test::Pair pair = connect_through(worker, upstream);
    pair.client.send_what_fits(bytes);
    pair.server.send_what_fits(bytes);
    wait_until("bytes to be held", [&] { return worker.budget().pending > 0; });
    CHECK(worker.budget().pending <= 2 * 256 * 1024);
    if (how == 0) pair.server.reset();
    if (how == 1) pair.client.reset();
    if (how == 2) {
      pair.client.reset();
      pair.server.reset();
    }
    if (how == 3) {
      worker->stop_now();
      wait_until("the end", [&] { return !worker->is_running(); });
    }
    // The side that is left reads what it gets.
    if (how == 0) pair.client.receive_to_end();
    if (how == 1) pair.server.receive_to_end();
    wait_until("nobody", [&] { return worker.budget().connections == 0; });
    CHECK(worker.budget().pending == 0);
  }
}

TEST_CASE("over the budget slow readers are held up, and whoever keeps up goes on") {
  constexpr std::size_t kBudget = 600 * 1024;
  constexpr std::size_t kStalled = 12;
  RawListener upstream;
  WorkerUnderTest worker(upstream, kBudget);
  REQUIRE(worker->start().has_value());
  const std::string flood = numbered_bytes(16 << 20);
  std::vector<test::Pair> stalled;
  for (std::size_t i = 0; i < kStalled; ++i) {
    stalled.push_back(connect_through(worker, upstream));
    stalled.back().server.send_what_fits(flood);
  }
  CHECK(worker.budget().pending >= kBudget);
  // One read may pass the budget; after it each connection holds what one small read brings.
  CHECK(worker.budget().pending <= kBudget + 256 * 1024 + kStalled * 4096);
  test::Pair pair = connect_through(worker, upstream);
  const std::string bytes = numbered_bytes(4 << 20);
  std::thread sending([&] {
    pair.server.send(bytes);
    pair.server.fin();
  });
  const auto received = pair.client.receive_to_end();
  sending.join();
  CHECK(received.bytes == bytes);
  CHECK(received.end == End::fin);
  for (test::Pair& each : stalled) {
    each.client.reset();
    each.server.reset();
  }
  pair.client.reset();
  pair.server.reset();
  wait_until("nobody", [&] { return worker.budget().connections == 0; });
  CHECK(worker.budget().pending == 0);
}

TEST_CASE("a drain ends at its deadline, whoever is still there") {
  RawListener upstream;
  WorkerUnderTest worker(upstream);
  REQUIRE(worker->start().has_value());
  test::Pair pair = connect_through(worker, upstream);
  pair.client.send("\x81");  // half a frame, or no HTTP at all: never between messages
  pair.server.receive(1);
  worker->drain(now() + std::chrono::milliseconds(50), now() + std::chrono::milliseconds(200));
  CHECK(pair.client.receive_to_end().end == End::fin);
  wait_until("the end", [&] { return !worker->is_running(); });
  CHECK(worker.budget().connections == 0);
}

TEST_CASE("an idle worker sleeps, with idle connections, timers and a stalled reader") {
  RawListener upstream;
  WorkerUnderTest worker(upstream);
  REQUIRE(worker->start().has_value());
  test::Pair idle = connect_through(worker, upstream);
  test::Pair stalled = connect_through(worker, upstream);
  stalled.client.send_what_fits(numbered_bytes(16 << 20));
  const auto cpu_time = [] {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  };
  const auto before = cpu_time();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(cpu_time() - before < std::chrono::milliseconds(100));
}

}  // namespace
}  // namespace lastframe::net
