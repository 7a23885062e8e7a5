#include "net/relay.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "net/clock.h"
#include "net/sockets.h"
#include "support/relay_harness.h"

namespace lastframe::net {
namespace {

using std::chrono::milliseconds;
using test::connect_through;
using test::End;
using test::Gate;
using test::open_websocket;
using test::Pair;
using test::RawListener;
using test::RawPeer;
using test::relaying_to;
using test::RelayUnderTest;
using test::TemporaryFolder;
using test::upstream_at;
using test::wait_until;

void check_echo(Pair& pair) {
  pair.client.send("question");
  REQUIRE(pair.server.receive(8) == "question");
  pair.server.send("answer");
  REQUIRE(pair.client.receive(6) == "answer");
}

bool is_closed(const SocketAddress& address) { return check_is_free(address) == 0; }

ListenerOptions another_listener(const RelayOptions& options, const RawListener& upstream) {
  ListenerOptions listener = options.listeners.front();
  listener.name = "another";
  listener.upstreams = {upstream_at(upstream.address())};
  return listener;
}

std::vector<Error> errors_of(const RelayOptions& options) {
  const auto started =
      Relay::start(options, {}, {}, [](unsigned) { return std::unique_ptr<session::Observer>(); });
  return started ? std::vector<Error>{} : started.error();
}

TEST_CASE("sessions have the catalogue that was in force when they began, over a reload") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  const auto first = std::make_shared<const catalogue::Catalogue>();
  const auto second = std::make_shared<const catalogue::Catalogue>();
  options.catalogue = first;
  RelayUnderTest relay(options);
  Pair before = open_websocket(relay, upstream);
  options.catalogue = second;
  REQUIRE(relay->reload(options, {}).has_value());
  Pair after = open_websocket(relay, upstream);
  test::close_websocket(before);
  CHECK(relay.reports().wait_for(1).at(0).catalogue == first);
  test::close_websocket(after);
  CHECK(relay.reports().wait_for(2).at(1).catalogue == second);
}

TEST_CASE("a relay listens where it was told, and says where") {
  RawListener upstream;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(upstream);
  for (const Address& address :
       std::vector<Address>{TcpAddress{"", 0}, UnixPath{folder.file("a.sock")}}) {
    options.listeners.push_back(another_listener(options, upstream));
    options.listeners.back().name = to_text(address);
    options.listeners.back().listen = address;
  }
  RelayUnderTest relay(options);
  const auto listening = relay->listening();
  REQUIRE(listening.size() == 3);
  CHECK(listening[0].name == "test");
  CHECK(listening[0].address.starts_with("127.0.0.1:"));
  CHECK(listening[1].address.starts_with(":"));
  CHECK(listening[2].address == "unix:" + folder.file("a.sock"));
  for (std::size_t i = 0; i < 3; ++i) {
    Pair pair = connect_through(relay, upstream, i);
    check_echo(pair);
  }
}

TEST_CASE("every address means IPv6 as well") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.listeners.front().listen = TcpAddress{"", 0};
  RelayUnderTest relay(options);
  const auto v6 = *SocketAddress::of_numeric("::1", relay.address().port());
  if (FileDescriptor(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)).is_open()) {
    RawPeer client = RawPeer::connect_to(v6);
    RawPeer server = upstream.accept();
    client.send("six");
    CHECK(server.receive(3) == "six");
  }
}

TEST_CASE("a second relay on the same port does not start, and says what to do") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  const RelayUnderTest first(options);
  RelayOptions taken = options;
  taken.listeners.front().listen = TcpAddress{"127.0.0.1", first.address().port()};
  const auto errors = errors_of(taken);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].where == "--listen " + first.address().text());
  CHECK(errors[0].what == "Address already in use");
  CHECK_FALSE(errors[0].remedy.empty());
}

TEST_CASE("a second relay on the same unix socket does not start, and the first one stays") {
  RawListener upstream;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(upstream);
  options.listeners.front().listen = UnixPath{folder.file("a.sock")};
  RelayUnderTest first(options);
  CHECK(errors_of(options).size() == 1);
  RawPeer probe = upstream.accept();  // the second one asked whether somebody is there
  Pair pair = connect_through(first, upstream);
  check_echo(pair);
}

TEST_CASE("all that is wrong at the start is said at once") {
  RawListener taken;
  RelayOptions options = relaying_to(taken);
  options.listeners.front().listen = TcpAddress{"127.0.0.1", taken.address().port()};
  options.listeners.push_back(another_listener(options, taken));
  options.listeners.back().listen = TcpAddress{"192.0.2.1", 8080};
  options.listeners.push_back(another_listener(options, taken));
  options.listeners.back().source_addresses = {"not-numeric"};
  options.listeners.push_back(another_listener(options, taken));
  options.listeners.back().listen = UnixPath{std::string(200, 'a')};
  CHECK(errors_of(options).size() == 4);
}

TEST_CASE("a relay that did not start leaves no socket file and no descriptor") {
  RawListener taken;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(taken);
  options.listeners.front().listen = UnixPath{folder.file("a.sock")};
  options.listeners.push_back(another_listener(options, taken));
  options.listeners.back().listen = TcpAddress{"127.0.0.1", taken.address().port()};
  const std::uint64_t before = count_open_files();
  CHECK(errors_of(options).size() == 1);
  CHECK_FALSE(std::filesystem::exists(folder.file("a.sock")));
  CHECK(count_open_files() == before);
}

TEST_CASE("a relay's socket file goes with it") {
  RawListener upstream;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(upstream);
  options.listeners.front().listen = UnixPath{folder.file("a.sock")};
  {
    const RelayUnderTest relay(options);
    CHECK(std::filesystem::exists(folder.file("a.sock")));
  }
  CHECK_FALSE(std::filesystem::exists(folder.file("a.sock")));
}

TEST_CASE("two workers share the clients of TCP and unix listeners") {
  RawListener upstream;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(upstream);
  options.workers = 2;
  options.listeners.push_back(another_listener(options, upstream));
  options.listeners.back().listen = UnixPath{folder.file("a.sock")};
  RelayUnderTest relay(options);
  constexpr std::size_t kPairs = 60;
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (std::size_t listener = 0; listener < 2; ++listener) {
    for (std::size_t i = 0; i < kPairs / 2; ++i) {
      clients.emplace_back([&, listener] {
        RawPeer client = relay.connect(listener);
        client.send(test::kPlainRequest);
        client.receive(test::kSwitchingResponse.size());
        client.send(test::kMaskedClose);
        client.fin();
        if (client.receive_to_end().bytes == test::kClose) ++good;
      });
    }
  }
  std::vector<std::thread> servers;
  for (std::size_t i = 0; i < kPairs; ++i) {
    servers.emplace_back([server = upstream.accept()]() mutable {
      server.receive(test::kPlainRequest.size());
      server.send(test::kSwitchingResponse);
      server.receive_to_end();
      server.send(test::kClose);
      server.fin();
    });
  }
  for (std::thread& thread : clients) thread.join();
  for (std::thread& thread : servers) thread.join();
  CHECK(good == kPairs);
  std::set<std::uint64_t> ids;
  for (const auto& report : relay.reports().wait_for(kPairs)) ids.insert(report.id);
  CHECK(ids.size() == kPairs);
  CHECK(relay->totals().accepted == kPairs);
  relay.wait_until_nobody_is_open();
}

TEST_CASE("a relay that stops gives back its threads and descriptors") {
  RawListener upstream;
  {
    RelayUnderTest warm_up(relaying_to(upstream));
  }
  const std::uint64_t before = count_open_files();
  for (int i = 0; i < 5; ++i) {
    RelayOptions options = relaying_to(upstream);
    options.workers = 2;
    RelayUnderTest relay(options);
    Pair pair = open_websocket(relay, upstream);
  }
  CHECK(count_open_files() == before);
}

TEST_CASE("over the connection limit clients wait, and nobody is dropped") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.limits.connections = 2;
  RelayUnderTest relay(options);
  std::vector<RawPeer> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(relay.connect());
    clients.back().send("hello");
  }
  std::vector<RawPeer> servers;
  for (int i = 0; i < 2; ++i) servers.push_back(upstream.accept());
  CHECK_FALSE(upstream.has_client());
  CHECK(relay->totals().open == 2);
  CHECK(relay->totals().accept_pauses > 0);
  CHECK(relay->totals().accept_pauses < 100);  // it waits, and does not spin
  for (int i = 0; i < 6; ++i) {
    RawPeer server = std::move(servers.front());
    servers.erase(servers.begin());
    CHECK(server.receive(5) == "hello");
    server.reset();
    if (i < 4) servers.push_back(upstream.accept());
  }
  for (RawPeer& client : clients) CHECK(client.receive_to_end().end == End::reset);
  relay.wait_until_nobody_is_open();
}

TEST_CASE("a listener that is opened while accepting pauses waits like the others") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.limits.connections = 1;
  RelayUnderTest relay(options);
  Pair first = connect_through(relay, upstream);
  RawPeer waiting = relay.connect();
  wait_until("the pause", [&] { return relay->totals().accept_pauses > 0; });
  options.listeners.push_back(another_listener(options, upstream));
  options.listeners.back().listen = TcpAddress{"127.0.0.1", 0};
  REQUIRE(relay->reload(options, {}).has_value());
  RawPeer also_waiting = relay.connect(1);
  CHECK_FALSE(upstream.has_client());
  CHECK(relay->totals().accept_pauses < 100);
  first.client.reset();
  RawPeer second = upstream.accept();
  second.reset();
  RawPeer third = upstream.accept();
}

// Lowers the limit so far that `spare` more descriptors can be opened.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t spare) {
    getrlimit(RLIMIT_NOFILE, &before_);
    int highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      highest = std::max(highest, std::stoi(entry.path().filename().string()));
    }
    int fd = -1;
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) <= highest) holes_.emplace_back(fd);
    ::close(fd);
    const rlimit lowered{.rlim_cur = static_cast<rlim_t>(fd) + spare, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~FewDescriptors() { restore(); }
  void restore() {
    setrlimit(RLIMIT_NOFILE, &before_);
    holes_.clear();
  }

 private:
  rlimit before_{};
  std::vector<FileDescriptor> holes_;
};

TEST_CASE("without descriptors clients wait, and nobody is dropped") {
  for (const rlim_t spare : {0u, 1u, 3u}) {  // 1 and 3: for a client, but not for its upstream
    CAPTURE(spare);
    RawListener upstream;
    RelayUnderTest relay(relaying_to(upstream));
    const SocketAddress to = relay.address();
    std::vector<RawPeer> clients;
    for (int i = 0; i < 5; ++i) {
      clients.emplace_back(FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    }
    FewDescriptors few(spare);
    for (RawPeer& client : clients) {
      REQUIRE(connect(client.fd(), to.get(), to.size()) == 0);
      client.send("hello");
    }
    wait_until("pauses", [&] { return relay->totals().accept_pauses >= 3; });
    CHECK(relay->totals().accept_pauses < 1000);
    few.restore();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      RawPeer server = upstream.accept();
      CHECK(server.receive(5) == "hello");
      server.fin();
      server.close();
    }
    for (RawPeer& client : clients) {
      CHECK(client.receive_to_end().end == End::fin);
      client.close();
    }
    CHECK(relay->totals().connect_failures == 0);
    relay.wait_until_nobody_is_open();
  }
}

TEST_CASE("running connections do not shrink the limit at a reload") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // the hard limit cannot be raised again
    int result = 1;
    try {
      RawListener upstream;
      const rlim_t limit = count_open_files() + 80;
      const rlimit lowered{.rlim_cur = limit, .rlim_max = limit};
      setrlimit(RLIMIT_NOFILE, &lowered);
      const RelayOptions options = relaying_to(upstream);
      RelayUnderTest relay(options);
      std::vector<Pair> pairs;
      for (int i = 0; i < 10; ++i) pairs.push_back(connect_through(relay, upstream));
      const bool is_reloaded = relay->reload(options, {}).has_value();
      RawPeer client = relay.connect();
      result = is_reloaded && upstream.has_client() ? 0 : 2;
    } catch (...) {
    }
    _exit(result);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a reload keeps a listener's address, and its connections keep their upstream") {
  RawListener before;
  RawListener after;
  const RelayOptions options = relaying_to(before);
  RelayUnderTest relay(options);
  Pair old = connect_through(relay, before);
  RelayOptions changed = options;
  changed.listeners.front().upstreams = {upstream_at(after.address())};
  const auto address = relay.address().text();
  const auto opened = relay->reload(changed, {});
  REQUIRE(opened.has_value());
  CHECK(opened->empty());
  CHECK(relay.address().text() == address);
  check_echo(old);
  // Workers take the change in their own time: a client may still meet the old upstream.
  wait_until("the new upstream", [&] {
    RawPeer client = relay.connect();
    return after.has_client();
  });
  check_echo(old);
}

TEST_CASE("a reload opens new listeners and closes those that are gone") {
  RawListener upstream;
  const RelayOptions options = relaying_to(upstream);
  RelayUnderTest relay(options);
  const SocketAddress gone = relay.address();
  Pair old = connect_through(relay, upstream);
  RelayOptions changed = options;
  changed.listeners = {another_listener(options, upstream)};
  const auto opened = relay->reload(changed, {});
  REQUIRE(opened.has_value());
  REQUIRE(opened->size() == 1);
  CHECK(opened->front().name == "another");
  REQUIRE(relay->listening().size() == 1);
  CHECK(relay->listening().front().address == opened->front().address);
  wait_until("the closed port", [&] { return is_closed(gone); });
  check_echo(old);
  Pair fresh = connect_through(relay, upstream);
  check_echo(fresh);
}

TEST_CASE("clients that wait at a listener that goes are still served") {
  Gate gate;
  RawListener upstream;
  const RelayOptions options = relaying_to(upstream);
  RelayUnderTest relay(options, [&](const session::SessionReport&) { gate.pass(); });
  Pair holding = open_websocket(relay, upstream);
  gate.wait_until_reached();
  RawPeer waiting = relay.connect();
  waiting.send("hello");
  RelayOptions changed = options;
  changed.listeners = {another_listener(options, upstream)};
  REQUIRE(relay->reload(changed, {}).has_value());
  gate.open();
  RawPeer server = upstream.accept();
  CHECK(server.receive(5) == "hello");
}

TEST_CASE("a worker that hangs gives no sign of life until it goes on") {
  Gate gate;
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream), [&](const session::SessionReport&) { gate.pass(); });
  CHECK_FALSE(relay->silent_since());  // nobody has asked
  relay->ask_workers();
  wait_until("an answer", [&] { return !relay->silent_since(); });
  Pair holding = open_websocket(relay, upstream);
  gate.wait_until_reached();
  const Moment before = now();
  relay->ask_workers();
  const Moment after = now();
  std::this_thread::sleep_for(milliseconds(50));
  REQUIRE(relay->silent_since());
  CHECK(*relay->silent_since() >= before);
  CHECK(*relay->silent_since() <= after);
  gate.open();
  wait_until("an answer", [&] { return !relay->silent_since(); });
}

TEST_CASE("workers that have ended in a drain are not waited for") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  relay->drain();
  relay.wait_until_over();
  relay->ask_workers();
  CHECK_FALSE(relay->silent_since());
}

TEST_CASE("a broken reload changes nothing") {
  RawListener upstream;
  RawListener taken;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(upstream);
  options.limits.connections = 3;
  RelayUnderTest relay(options);
  Pair old = connect_through(relay, upstream);
  RelayOptions broken = options;
  broken.limits.connections = 1;
  broken.listeners.front().upstreams = {upstream_at(taken.address())};
  broken.listeners.push_back(another_listener(options, upstream));
  broken.listeners.back().name = "fresh";
  broken.listeners.back().listen = UnixPath{folder.file("a.sock")};
  broken.listeners.push_back(another_listener(options, upstream));
  broken.listeners.back().listen = TcpAddress{"127.0.0.1", taken.address().port()};
  const auto result = relay->reload(broken, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().size() == 1);
  CHECK(relay->listening().size() == 1);
  CHECK_FALSE(std::filesystem::exists(folder.file("a.sock")));
  check_echo(old);
  Pair second = connect_through(relay, upstream);
  check_echo(second);
  CHECK_FALSE(taken.has_client());
}

TEST_CASE("a unix listener is kept by a reload, and its file goes when it is removed") {
  RawListener upstream;
  const TemporaryFolder folder;
  RelayOptions options = relaying_to(upstream);
  options.listeners.push_back(another_listener(options, upstream));
  options.listeners.back().listen = UnixPath{folder.file("a.sock")};
  RelayUnderTest relay(options);
  REQUIRE(relay->reload(options, {}).has_value());
  Pair pair = connect_through(relay, upstream, 1);
  check_echo(pair);
  options.listeners.pop_back();
  REQUIRE(relay->reload(options, {}).has_value());
  CHECK_FALSE(std::filesystem::exists(folder.file("a.sock")));
  check_echo(pair);
}

TEST_CASE("a reload changes limits at once") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.limits.connections = 1;
  RelayUnderTest relay(options);
  Pair first = connect_through(relay, upstream);
  RawPeer waiting = relay.connect();
  CHECK_FALSE(upstream.has_client());
  options.limits.connections = 2;
  REQUIRE(relay->reload(options, {}).has_value());
  RawPeer server = upstream.accept();
}

TEST_CASE("a drain takes no new clients, lets the others go on, and is over when they are gone") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.workers = 2;
  RelayUnderTest relay(options);
  const SocketAddress address = relay.address();
  Pair pair = open_websocket(relay, upstream);
  relay->drain();
  wait_until("the closed port", [&] { return is_closed(address); });
  CHECK_FALSE(relay->is_over());
  close_websocket(pair);
  relay.wait_until_over();
  CHECK(relay.reports().wait_for(1).front().clean);
}

TEST_CASE("a drain without connections is over at once") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  relay->drain();
  relay.wait_until_over();
}

TEST_CASE("the last third of a drain ends connections one by one, between messages") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.drain_timeout = milliseconds(1500);
  RelayUnderTest relay(options);
  constexpr std::size_t kQuiet = 10;
  std::vector<Pair> quiet;
  for (std::size_t i = 0; i < kQuiet; ++i) quiet.push_back(open_websocket(relay, upstream));
  Pair busy = open_websocket(relay, upstream);
  busy.client.send(test::kMaskedHello.substr(0, 8));  // and never the rest of the frame
  busy.server.receive(8);
  relay->drain();
  std::vector<std::thread> peers;
  for (Pair& pair : quiet) {
    peers.emplace_back([&pair] {
      if (pair.client.receive_to_end().end != End::fin) return;
      if (pair.server.receive_to_end().end != End::fin) return;
      pair.client.fin();
      pair.server.fin();
    });
  }
  for (std::thread& peer : peers) peer.join();
  relay.wait_until_over();
  const auto reports = relay.reports().wait_for(kQuiet + 1);
  std::set<Moment> ended;
  for (const auto& report : reports) {
    CHECK(report.ending == session::Ending::proxy_shutdown);
    CHECK(report.initiator == session::Initiator::proxy);
    ended.insert(report.stream_ends.front().at);
  }
  CHECK(ended.size() >= 4);  // the ticks of half a second, and not all at once
  // The one that stood in a frame was the last.
  CHECK(reports.back().traffic[index(Direction::client_to_server)].bytes == 8);
}

TEST_CASE("stop_now ends everything at once") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.workers = 2;
  RelayUnderTest relay(options);
  Pair pair = open_websocket(relay, upstream);
  Pair draining = open_websocket(relay, upstream);
  draining.server.send_what_fits(std::string(16 << 20, 'x'));
  relay->drain();
  relay->stop_now();
  relay.wait_until_over();
  for (const auto& report : relay.reports().wait_for(2)) {
    CHECK(report.ending == session::Ending::proxy_shutdown);
  }
  CHECK(pair.client.receive_to_end().end == End::fin);
  CHECK(pair.server.receive_to_end().end == End::fin);
  CHECK(relay->totals().open == 0);
}

TEST_CASE("a relay may be destroyed while connections and look-ups are under way") {
  for (int i = 0; i < 5; ++i) {
    RawListener upstream;
    RelayOptions options = relaying_to(upstream);
    options.workers = 2;
    options.listeners.push_back(another_listener(options, upstream));
    options.listeners.back().upstreams = {{TcpAddress{"no-such-host.invalid", 80}}};
    RelayUnderTest relay(options);
    Pair pair = connect_through(relay, upstream);
    RawPeer looked_up = relay.connect(1);
    pair.client.send("x");
  }
}

}  // namespace
}  // namespace lastframe::net
