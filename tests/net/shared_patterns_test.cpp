#include "net/shared_patterns.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/crowd.h"
#include "support/relay_harness.h"

namespace lastframe::net {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::facts_of;
using test::kPlainRequest;
using test::open_websocket;
using test::Pair;
using test::RawListener;
using test::RawPeer;
using test::relaying_to;
using test::RelayUnderTest;

// 30 connections that came a second apart end at once, 100 s after the first.
void crash(SharedPatterns& patterns) {
  for (int i = 0; i < 30; ++i) patterns.note_request("192.0.2.1", at(i), at(i));
  for (int i = 0; i < 30; ++i) {
    patterns.learn(facts_of({.accepted = static_cast<double>(i), .ended = 100}));
  }
}

TEST_CASE("a mass close rings once, and is told once with its listener and address") {
  RelayPatterns relay;
  int rings = 0;
  relay.alarm().on_ring([&] { ++rings; });
  const auto listener = relay.of_listener("chat");
  crash(listener->of("10.0.0.7:9000"));
  CHECK(rings == 1);
  const WallTime wall{std::chrono::hours(24 * 365)};
  CHECK(relay.take_mass_closes(at(101), wall, false).empty());
  CHECK(relay.has_mass_close());
  const auto told = relay.take_mass_closes(at(103), wall, false);
  REQUIRE(told.size() == 1);
  CHECK(told.front().listener == "chat");
  CHECK(told.front().upstream == "10.0.0.7:9000");
  CHECK(told.front().closes == 30);
  CHECK(told.front().began == wall - 3s);
  CHECK(told.front().duration == 0s);
  CHECK(told.front().youngest == 71s);
  CHECK(told.front().oldest == 100s);
  CHECK_FALSE(relay.has_mass_close());
  CHECK(relay.take_mass_closes(at(200), wall, true).empty());
  // The next one rings again.
  crash(listener->of("10.0.0.8:9000"));
  CHECK(rings == 2);
  CHECK(relay.take_mass_closes(at(100.5), wall, true).size() == 1);
}

TEST_CASE("listeners and addresses are kept apart, and found again by name") {
  RelayPatterns relay;
  const auto chat = relay.of_listener("chat");
  CHECK(relay.of_listener("chat") == chat);
  CHECK(relay.of_listener("other") != chat);
  CHECK(&chat->of("a") == &chat->of("a"));
  CHECK(&chat->of("a") != &chat->of("b"));
  SharedPatterns& kept = chat->of("a");
  relay.prune();
  CHECK(&relay.of_listener("chat")->of("a") == &kept);
}

TEST_CASE("a listener that nobody uses any more is forgotten") {
  RelayPatterns relay;
  crash(relay.of_listener("chat")->of("a"));
  CHECK(relay.has_mass_close());
  relay.prune();
  CHECK_FALSE(relay.has_mass_close());
}

TEST_CASE("the 65th address and those behind it share one place") {
  RelayPatterns relay;
  const auto listener = relay.of_listener("chat");
  std::set<SharedPatterns*> places;
  for (int i = 0; i < 200; ++i) places.insert(&listener->of(std::to_string(i)));
  CHECK(places.size() == ListenerPatterns::kMostUpstreams + 1);
  CHECK(&listener->of("3") != &listener->of("64"));
  CHECK(&listener->of("64") == &listener->of("199"));
}

TEST_CASE("workers share what they learn") {
  RelayPatterns relay;
  const auto listener = relay.of_listener("chat");
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        SharedPatterns& patterns = listener->of("a");
        patterns.note_request("192.0.2.1", at(0), at(0));
        patterns.learn(facts_of({.ended = 1000.0 + 60 * i, .idle = 60}));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  const auto known = listener->of("a").learn(facts_of({.ended = 5000, .idle = 60}));
  CHECK(known.same_idle == session::Share{.matching = 201, .of = 201});
}

TEST_CASE("a client that gives up and asks again at once is known to have done so") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  Pair first = connect_through(relay, upstream);
  first.client.send(kPlainRequest);
  first.server.receive(kPlainRequest.size());
  const Pair second = open_websocket(relay, upstream);
  first.client.fin();
  first.server.receive_to_end();
  first.server.fin();
  const auto report = relay.reports().wait_for(1).front();
  CHECK(report.handshake.outcome == session::HandshakeOutcome::abandoned);
  CHECK(report.patterns.has_same_client_asked_again);
}

TEST_CASE("a client that gives up and does not come back is known not to have") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  const Pair before = open_websocket(relay, upstream);
  Pair only = connect_through(relay, upstream);
  only.client.send(kPlainRequest);
  only.server.receive(kPlainRequest.size());
  only.client.fin();
  only.server.receive_to_end();
  only.server.fin();
  CHECK_FALSE(relay.reports().wait_for(1).front().patterns.has_same_client_asked_again);
}

// The ages of what ends at once must differ by more than a second.
TEST_CASE("a server that goes under its connections is seen in their reports, and told once") {
  RawListener upstream;
  auto options = relaying_to(upstream);
  options.workers = 2;
  RelayUnderTest relay(options);
  std::vector<Pair> pairs;
  for (int i = 0; i < 24; ++i) {
    pairs.push_back(open_websocket(relay, upstream));
    std::this_thread::sleep_for(150ms);
  }
  for (Pair& pair : pairs) pair.server.fin();
  for (Pair& pair : pairs) pair.client.receive_to_end();
  for (Pair& pair : pairs) pair.client.fin();
  const auto reports = relay.reports().wait_for(24);
  const auto in_mass_close = std::ranges::count_if(
      reports, [](const auto& report) { return report.patterns.mass_close.has_value(); });
  CHECK(in_mass_close >= 3);
  test::wait_until("the mass close", [&] { return !relay.reports().mass_closes().empty(); });
  const auto told = relay.reports().mass_closes();
  REQUIRE(told.size() == 1);
  CHECK(told.front().closes == 24);
  CHECK(told.front().by_server == 24);
  CHECK(told.front().without_close == 24);
  CHECK(told.front().listener == "test");
  CHECK(told.front().upstream == upstream.address().text());
}

TEST_CASE("connections that never ask for an upgrade are compared with nobody") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  Pair pair = connect_through(relay, upstream);
  pair.client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  pair.server.receive(10);
  pair.client.fin();
  pair.server.receive_to_end();
  pair.server.fin();
  pair.client.receive_to_end();
  relay.wait_until_nobody_is_open();
  CHECK(relay.reports().count() == 0);
}

TEST_CASE("what was learnt is told by configured names, several addresses together") {
  RelayPatterns relay;
  const auto listener = relay.of_listener("chat");
  const auto cut_after = [&](SharedPatterns& patterns, double idle) {
    for (int i = 0; i < 4; ++i) {
      patterns.note_request("192.0.2.1", at(0), at(0));
      patterns.learn(facts_of({.ended = 300.0 * (i + 1), .idle = idle}));
    }
  };
  cut_after(listener->of("10.0.0.7:9000", "ws://chat:9000"), 120);
  cut_after(listener->of("10.0.0.8:9000", "ws://chat:9000"), 60);
  cut_after(listener->of("192.0.2.9:80"), 30);
  const auto learnt = relay.learnt();
  REQUIRE(learnt.size() == 2);
  CHECK(learnt[0].listener == "chat");
  CHECK(learnt[0].upstream.empty());
  CHECK(learnt[0].learnt.idle == 30.0F);
  CHECK(learnt[1].upstream == "ws://chat:9000");
  CHECK(learnt[1].learnt.idle == 60.0F);
}

TEST_CASE("a mass close knows what the configuration calls its upstream") {
  RelayPatterns relay;
  const auto listener = relay.of_listener("chat");
  crash(listener->of("10.0.0.7:9000", "ws://chat:9000"));
  const auto told = relay.take_mass_closes(at(103), WallTime{}, true);
  REQUIRE(told.size() == 1);
  CHECK(told.front().upstream == "10.0.0.7:9000");
  CHECK(told.front().configured_upstream == "ws://chat:9000");
}

}  // namespace
}  // namespace lastframe::net
