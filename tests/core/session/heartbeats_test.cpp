#include "core/session/heartbeats.h"

#include <doctest/doctest.h>

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

constexpr Moment kStart{};

TEST_CASE("a Pong with the same payload answers a Ping (RFC 6455 section 5.5.3)") {
  for (const Endpoint pinger : kEndpoints) {
    Heartbeats heartbeats;
    heartbeats.note_ping(pinger, 7, kStart, true);
    CHECK(heartbeats.is_waiting(pinger));
    CHECK_FALSE(heartbeats.is_waiting(other(pinger)));
    CHECK(heartbeats.note_pong(other(pinger), 7, kStart + 30ms) == 30ms);
    CHECK_FALSE(heartbeats.is_waiting(pinger));
    CHECK(heartbeats.counts(pinger) == PingCounts{.sent = 1,
                                                  .answered = 1,
                                                  .slowest = 30ms,
                                                  .last_sent = kStart,
                                                  .last_latency = 30ms,
                                                  .unanswered_since = std::nullopt});
    CHECK(heartbeats.counts(other(pinger)) == PingCounts{});
  }
}

TEST_CASE("a Pong that answers no known Ping answers nothing") {
  Heartbeats heartbeats;
  CHECK_FALSE(heartbeats.note_pong(Endpoint::client, 7, kStart));
  heartbeats.note_ping(Endpoint::server, 7, kStart, true);
  CHECK_FALSE(heartbeats.note_pong(Endpoint::client, 8, kStart + 1s));
  CHECK_FALSE(heartbeats.note_pong(Endpoint::server, 7, kStart + 1s));  // its own
  CHECK(heartbeats.note_pong(Endpoint::client, 7, kStart + 1s));
  CHECK_FALSE(heartbeats.note_pong(Endpoint::client, 7, kStart + 2s));
  CHECK(heartbeats.counts(Endpoint::server).answered == 1);
}

// "MAY elect to send a Pong frame for only the most recently processed Ping frame."
TEST_CASE("the answer to the latest Ping settles those before it") {
  Heartbeats heartbeats;
  for (std::uint64_t payload = 1; payload <= 3; ++payload) {
    heartbeats.note_ping(Endpoint::server, payload, kStart + payload * 1s, true);
  }
  CHECK(heartbeats.note_pong(Endpoint::client, 2, kStart + 4s) == 2s);
  CHECK(heartbeats.counts(Endpoint::server).unanswered_since == kStart + 3s);
  CHECK(heartbeats.note_pong(Endpoint::client, 3, kStart + 5s) == 2s);
  CHECK_FALSE(heartbeats.counts(Endpoint::server).unanswered_since);
  CHECK(heartbeats.counts(Endpoint::server).sent == 3);
  CHECK(heartbeats.counts(Endpoint::server).answered == 2);
}

TEST_CASE("of the Pings the last one sent and the one answered last are told") {
  Heartbeats heartbeats;
  heartbeats.note_ping(Endpoint::server, 1, kStart + 20s, true);
  heartbeats.note_pong(Endpoint::client, 1, kStart + 23s);
  CHECK(heartbeats.counts(Endpoint::server).last_latency == 3s);
  heartbeats.note_ping(Endpoint::server, 2, kStart + 40s, true);
  CHECK(heartbeats.counts(Endpoint::server).last_sent == kStart + 40s);
  CHECK(heartbeats.counts(Endpoint::server).last_latency == 3s);
  heartbeats.note_pong(Endpoint::client, 2, kStart + 41s);
  CHECK(heartbeats.counts(Endpoint::server).last_latency == 1s);
  CHECK(heartbeats.counts(Endpoint::server).slowest == 3s);
}

TEST_CASE("a Ping behind a Close needs no answer") {
  Heartbeats heartbeats;
  heartbeats.note_ping(Endpoint::client, 1, kStart, false);
  CHECK_FALSE(heartbeats.counts(Endpoint::client).unanswered_since);
  CHECK(heartbeats.is_waiting(Endpoint::client));
}

TEST_CASE("of very many unanswered Pings the first and the latest are remembered") {
  Heartbeats heartbeats;
  for (std::uint64_t payload = 0; payload < 1000; ++payload) {
    heartbeats.note_ping(Endpoint::client, payload, kStart + payload * 1s, true);
  }
  CHECK(heartbeats.counts(Endpoint::client).sent == 1000);
  CHECK(heartbeats.counts(Endpoint::client).unanswered_since == kStart);
  CHECK_FALSE(heartbeats.note_pong(Endpoint::server, 500, kStart + 1000s));
  CHECK(heartbeats.note_pong(Endpoint::server, 998, kStart + 1000s) == 2s);
  CHECK(heartbeats.counts(Endpoint::client).unanswered_since == kStart + 999s);
}

}  // namespace
}  // namespace lastframe::session
