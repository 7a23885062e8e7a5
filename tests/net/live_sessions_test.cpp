#include "net/live_sessions.h"

#include <doctest/doctest.h>

#include <future>
#include <string>
#include <vector>

#include "net/relay.h"
#include "support/relay_harness.h"

namespace lastframe::net {
namespace {

using test::open_websocket;
using test::Pair;
using test::RawListener;
using test::relaying_to;
using test::RelayUnderTest;

LiveAnswer look(RelayUnderTest& relay, const LiveQuery& query = {}) {
  std::promise<LiveAnswer> answered;
  auto answer = answered.get_future();
  relay->look(query, [&](LiveAnswer seen) { answered.set_value(std::move(seen)); });
  return answer.get();
}

TEST_CASE("sessions of all workers are seen, the youngest first, up to the limit") {
  RawListener upstream;
  RelayOptions options = relaying_to(upstream);
  options.workers = 2;
  RelayUnderTest relay(options);
  CHECK(look(relay).sessions.empty());
  std::vector<Pair> pairs;
  for (int i = 0; i < 6; ++i) pairs.push_back(open_websocket(relay, upstream));
  const Pair silent = test::connect_through(relay, upstream);  // asked for nothing: no session

  const LiveAnswer all = look(relay);
  REQUIRE(all.sessions.size() == 6);
  CHECK(all.matching.size() == 1);
  CHECK(all.matching.begin()->second == 6);
  for (std::size_t i = 0; i < all.sessions.size(); ++i) {
    CHECK(all.sessions[i].stage == session::Stage::open);
    if (i > 0) CHECK(all.sessions[i - 1].so_far.accepted >= all.sessions[i].so_far.accepted);
  }
  LiveQuery query;
  query.limit = 4;
  const LiveAnswer some = look(relay, query);
  REQUIRE(some.sessions.size() == 4);
  CHECK(some.matching == all.matching);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(some.sessions[i].so_far.id == all.sessions[i].so_far.id);
  }
  query.limit = 0;
  CHECK(look(relay, query).sessions.empty());
  CHECK(look(relay, query).matching == all.matching);
}

TEST_CASE("sessions are found by id, listener, upstream and stage") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  Pair open = open_websocket(relay, upstream);
  const LiveAnswer first = look(relay);
  REQUIRE(first.sessions.size() == 1);
  const session::SessionReport& report = first.sessions.front().so_far;
  struct Row {
    const char* name;
    LiveQuery query;
    std::size_t found;
  };
  for (const Row& row : {
           Row{"id", {.id = report.id, .listener = {}, .upstream = {}, .stage = {}}, 1},
           Row{"another id", {.id = report.id + 1, .listener = {}, .upstream = {}, .stage = {}}, 0},
           Row{"listener", {.id = {}, .listener = report.listener, .upstream = {}, .stage = {}}, 1},
           Row{"another listener", {.id = {}, .listener = "x", .upstream = {}, .stage = {}}, 0},
           Row{"upstream", {.id = {}, .listener = {}, .upstream = report.upstream, .stage = {}}, 1},
           Row{"another upstream", {.id = {}, .listener = {}, .upstream = "x", .stage = {}}, 0},
           Row{"stage",
               {.id = {}, .listener = {}, .upstream = {}, .stage = session::Stage::open},
               1},
           Row{"another stage",
               {.id = {}, .listener = {}, .upstream = {}, .stage = session::Stage::closing},
               0},
       }) {
    CAPTURE(row.name);
    CHECK(look(relay, row.query).sessions.size() == row.found);
  }
  open.client.send("\x81\x80");
  open.server.receive(2);
  CHECK(look(relay).sessions.front().so_far.id == report.id);
}

TEST_CASE("where no worker runs any more the answer is empty, and comes at once") {
  RawListener upstream;
  RelayUnderTest relay(relaying_to(upstream));
  relay->stop_now();
  relay.wait_until_over();
  CHECK(look(relay).sessions.empty());
}

}  // namespace
}  // namespace lastframe::net
