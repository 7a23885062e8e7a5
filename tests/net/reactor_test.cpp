#include "net/reactor.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/clock.h"
#include "net/sockets.h"
#include "support/waiting.h"

namespace lastframe::net {
namespace {

using std::chrono::milliseconds;

struct ScriptedOwner final : Reactor::Owner {
  std::function<bool()> batch_end = [] { return false; };
  std::function<void()> wake = [] {};
  std::function<void(Moment)> alarm = [](Moment) {};

  bool on_batch_end() override { return batch_end(); }
  void on_wake() override { wake(); }
  void on_alarm(Moment now) override { alarm(now); }
};

std::unique_ptr<Reactor> make_reactor(Reactor::Owner& owner) {
  quiet_libwebsockets();
  auto reactor = Reactor::create(owner);
  REQUIRE(reactor.has_value());
  return std::move(*reactor);
}

struct ScriptedTarget final : EventTarget {
  std::function<void(unsigned, std::uint32_t)> events;
  void on_events(unsigned tag, std::uint32_t mask) override { events(tag, mask); }
};

struct SocketPair {
  FileDescriptor near;
  FileDescriptor far;
};

SocketPair socket_pair() {
  std::array<int, 2> both{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both.data()) == 0);
  return {FileDescriptor(both[0]), FileDescriptor(both[1])};
}

void write_one(const SocketPair& pair) { REQUIRE(write(pair.far.get(), "x", 1) == 1); }

// A reactor must not outlast this, whatever it does: the test would hang.
class Watchdog {
 public:
  explicit Watchdog(Reactor& reactor) : thread_([this, &reactor] { watch(reactor); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  bool has_barked = false;  // read after run()

 private:
  void watch(Reactor& reactor) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, test::kPatience / 2, [this] { return is_over_; })) {
      has_barked = true;
      reactor.wake();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

TEST_CASE("events reach their target with their tag") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const SocketPair pair = socket_pair();
  ScriptedTarget target;
  unsigned seen_tag = 99;
  std::uint32_t seen_events = 0;
  target.events = [&](unsigned tag, std::uint32_t events) {
    seen_tag = tag;
    seen_events = events;
    reactor->stop();
  };
  REQUIRE(reactor->add(pair.near.get(), EPOLLIN, target, 5));
  write_one(pair);
  reactor->run();
  CHECK(seen_tag == 5);
  CHECK((seen_events & EPOLLIN) != 0);
}

TEST_CASE("a loop that is stopped by an alarm ends, although nothing else happens") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const Watchdog watchdog(*reactor);
  owner.alarm = [&](Moment) { reactor->stop(); };
  reactor->set_alarm(now() + milliseconds(20));
  reactor->run();
  CHECK_FALSE(watchdog.has_barked);
}

TEST_CASE("a descriptor that does not exist cannot be added") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  ScriptedTarget target;
  CHECK_FALSE(reactor->add(-1, EPOLLIN, target, 0));
}

TEST_CASE("a descriptor that was removed or closed is silent") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  SocketPair removed = socket_pair();
  SocketPair closed = socket_pair();
  ScriptedTarget target;
  int calls = 0;
  target.events = [&](unsigned, std::uint32_t) { ++calls; };
  REQUIRE(reactor->add(removed.near.get(), EPOLLIN, target, 0));
  REQUIRE(reactor->add(closed.near.get(), EPOLLIN, target, 1));
  write_one(removed);
  write_one(closed);
  reactor->remove(removed.near.get());
  closed.near.close();
  owner.alarm = [&](Moment) { reactor->stop(); };
  reactor->set_alarm(now() + milliseconds(30));
  reactor->run();
  CHECK(calls == 0);
}

TEST_CASE("each wake-up from another thread is noticed") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  std::atomic<int> woken{0};
  owner.wake = [&] {
    if (++woken == 50) reactor->stop();
  };
  std::thread waker([&] {
    for (int i = 0; i < 50; ++i) {
      reactor->wake();
      test::wait_until("the wake-up", [&] { return woken > i; });
    }
  });
  reactor->run();
  waker.join();
  CHECK(woken == 50);
}

TEST_CASE("a wake-up before the loop runs is not lost") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const Watchdog watchdog(*reactor);
  reactor->wake();
  owner.wake = [&] { reactor->stop(); };
  reactor->run();
  CHECK_FALSE(watchdog.has_barked);
}

TEST_CASE("the earliest alarm rings once, and never before its time") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  std::vector<Moment> rung;
  const Moment start = now();
  owner.alarm = [&](Moment at) {
    rung.push_back(at);
    if (rung.size() == 1) reactor->set_alarm(start + milliseconds(120));
    if (rung.size() == 2) reactor->stop();
  };
  reactor->set_alarm(start + milliseconds(500));
  reactor->set_alarm(start + milliseconds(40));
  reactor->set_alarm(start + milliseconds(900));
  reactor->run();
  REQUIRE(rung.size() == 2);
  CHECK(rung[0] >= start + milliseconds(40));
  CHECK(rung[1] >= start + milliseconds(120));
  CHECK(rung[1] < start + milliseconds(500));
}

TEST_CASE("an alarm rings while events keep coming") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const SocketPair pair = socket_pair();
  ScriptedTarget target;  // never reads, so that its descriptor stays readable
  target.events = [](unsigned, std::uint32_t) {};
  REQUIRE(reactor->add(pair.near.get(), EPOLLIN, target, 0));
  write_one(pair);
  owner.alarm = [&](Moment) { reactor->stop(); };
  reactor->set_alarm(now() + milliseconds(30));
  reactor->run();
}

TEST_CASE("a batch that has more to do is followed by another without any event") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const Watchdog watchdog(*reactor);
  int batches = 0;
  owner.batch_end = [&] {
    if (++batches == 100) reactor->stop();
    return batches < 100;
  };
  reactor->wake();
  reactor->run();
  CHECK(batches == 100);
  CHECK_FALSE(watchdog.has_barked);
}

TEST_CASE("an alarm that leaves more to do is followed by another batch without any event") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const Watchdog watchdog(*reactor);
  int left = 0;
  owner.alarm = [&](Moment) { left = 3; };
  owner.batch_end = [&] {
    if (left > 0 && --left == 0) reactor->stop();
    return left > 0;
  };
  reactor->set_alarm(now() + milliseconds(100));
  reactor->run();
  CHECK(left == 0);
  CHECK_FALSE(watchdog.has_barked);
}

TEST_CASE("an idle reactor sleeps") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  int batches = 0;
  owner.batch_end = [&] {
    ++batches;
    return false;
  };
  owner.alarm = [&](Moment) { reactor->stop(); };
  reactor->set_alarm(now() + milliseconds(300));
  reactor->run();
  CHECK(batches < 30);
}

TEST_CASE("a reactor gives back every descriptor") {
  ScriptedOwner owner;
  {
    auto warm_up = make_reactor(owner);
  }
  const std::uint64_t before = count_open_files();
  for (int i = 0; i < 5; ++i) auto reactor = make_reactor(owner);
  CHECK(count_open_files() == before);
}

TEST_CASE("an alarm that comes late says by how much") {
  ScriptedOwner owner;
  auto reactor = make_reactor(owner);
  const Watchdog watchdog(*reactor);
  Moment::duration late{};
  owner.alarm = [&](Moment) {
    late = reactor->lateness();
    reactor->stop();
  };
  reactor->set_alarm(now() - milliseconds(50));
  reactor->run();
  CHECK(late >= milliseconds(50));
  CHECK_FALSE(watchdog.has_barked);
}

}  // namespace
}  // namespace lastframe::net
