#include "core/session/live_counts.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/session/session.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/splits.h"

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;
using test::frame;
using ws::Opcode;

// Says where to count, and forgets all else.
class CountingObserver final : public Observer {
 public:
  void on_session_start(const SessionReport&) override {}
  void on_frame(const SessionLabel&, Moment, const FrameSeen&) override {}
  void on_message(const SessionLabel&, Moment, const MessageSeen&) override {}
  void on_violation(const SessionLabel&, Moment, const ws::Violation&) override {}
  void on_session_end(SessionReport) override {}
  void on_mass_close(const MassCloseSeen&) override {}
  UpstreamCounts* upstream_counts(std::string_view listener, std::string_view name) override {
    asked = std::string(listener) + " " + std::string(name);
    return &upstream;
  }

  std::string asked;
  UpstreamCounts upstream;
};

struct Counted {
  Counted() {
    session = std::make_unique<Session>(SessionStart{.id = 7,
                                                     .client = "192.0.2.1:1",
                                                     .is_client_trusted = false,
                                                     .accepted = now,
                                                     .accepted_wall = WallTime{5s},
                                                     .counts = &live},
                                        options, observer);
  }
  void say(Endpoint endpoint, std::string_view bytes) {
    session->handle(now, BytesRelayed{direction_from(endpoint), as_bytes(bytes)});
  }
  void open(std::chrono::milliseconds answered_in = 0ms) {
    say(Endpoint::client, test::kUpgradeRequest);
    now += answered_in;
    say(Endpoint::server, test::kAcceptingResponse);
  }
  const DirectionCounts& from(Endpoint endpoint) const {
    return live.directions[index(direction_from(endpoint))];
  }

  SessionOptions options{.listener = "chat", .upstream = "ws://a:1", .privacy = {}, .interest = {}};
  CountingObserver observer;
  LiveCounts live;
  Moment now{100s};
  std::unique_ptr<Session> session;
};

// All frames of a direction, and their payload, however they were counted.
std::uint64_t frames_of(const DirectionCounts& counts, Opcode opcode) {
  std::uint64_t skipped = 0;
  if (opcode == Opcode::text) skipped = counts.short_texts.messages.value();
  if (opcode == Opcode::binary) skipped = counts.short_binaries.messages.value();
  return counts.frames[static_cast<std::size_t>(opcode)].value() + skipped;
}

std::uint64_t short_messages(const DirectionCounts& counts) {
  return counts.short_texts.messages.value() + counts.short_binaries.messages.value();
}

std::uint64_t payload_of(const DirectionCounts& counts, Endpoint sender) {
  const std::uint64_t head = head_of_short(direction_from(sender));
  return counts.payload.value() + counts.short_texts.bytes.value() +
         counts.short_binaries.bytes.value() - head * short_messages(counts);
}

TEST_CASE("frames, payload and messages are counted as they pass, however they are cut") {
  for (const Endpoint sender : kEndpoints) {
    CAPTURE(name(sender));
    std::string stream;
    for (int i = 0; i < 12; ++i) {
      stream += frame(sender, Opcode::text, std::string(static_cast<std::size_t>(i), 'a'));
    }
    stream += frame(sender, Opcode::binary, std::string(125, 'b'));
    stream += frame(sender, Opcode::binary, std::string(1024, 'b'));
    stream += frame(sender, Opcode::ping, "hello");
    ws::FrameHeader first = test::header_of(sender, Opcode::text, 3);
    first.fin = false;
    stream += frame(first, "abc") + frame(sender, Opcode::continuation, std::string(7, 'd'));
    stream += frame(sender, Opcode::text, "\xc3\xa9");
    stream += frame(sender, Opcode::close, test::close_payload(1000));
    for (const std::size_t size : {stream.size(), std::size_t{1}, std::size_t{7}}) {
      CAPTURE(size);
      Counted counted;
      counted.open();
      for (std::size_t at = 0; at < stream.size(); at += size) {
        counted.say(sender, std::string_view(stream).substr(at, size));
      }
      const DirectionCounts& counts = counted.from(sender);
      CHECK(frames_of(counts, Opcode::text) == 14);
      CHECK(frames_of(counts, Opcode::binary) == 2);
      CHECK(frames_of(counts, Opcode::continuation) == 1);
      CHECK(frames_of(counts, Opcode::ping) == 1);
      CHECK(frames_of(counts, Opcode::close) == 1);
      CHECK(payload_of(counts, sender) == 66 + 125 + 1024 + 5 + 3 + 7 + 2 + 2);
      auto sizes = counts.messages.counts();
      sizes.front() += short_messages(counts);
      CHECK(sizes[0] == 15);
      CHECK(sizes[1] == 1);
      CHECK(frames_of(counted.from(other(sender)), Opcode::text) == 0);
    }
  }
}

TEST_CASE("what a direction says after it lost its trust is no frame") {
  for (const Endpoint sender : kEndpoints) {
    CAPTURE(name(sender));
    Counted counted;
    counted.open();
    counted.say(sender, frame(sender, Opcode::text, "hello"));
    counted.say(sender, std::string(64, '\xff'));
    counted.say(sender, frame(sender, Opcode::text, "hello"));
    const DirectionCounts& counts = counted.from(sender);
    CHECK(counts.untrusted.value() == 1);
    CHECK(payload_of(counts, sender) == 5);
    CHECK(frames_of(counts, Opcode::text) == 1);
  }
}

TEST_CASE("a Pong's latency is of the side that answers") {
  for (const Endpoint pinger : kEndpoints) {
    CAPTURE(name(pinger));
    Counted counted;
    counted.open();
    counted.say(pinger, frame(pinger, Opcode::ping, "a"));
    counted.now += 40ms;
    counted.say(other(pinger), frame(other(pinger), Opcode::pong, "a"));
    const auto& latencies = counted.live.pongs[index(other(pinger))];
    CHECK(latencies.sum() == 40'000);
    CHECK(latencies.counts()[5] == 1);  // above 25 ms, at most 50 ms
    CHECK(counted.live.pongs[index(pinger)].sum() == 0);
  }
}

TEST_CASE("an open connection counts for its upstream as long as it is there") {
  Counted counted;
  counted.open(30ms);
  CHECK(counted.observer.asked == "chat ws://a:1");
  CHECK(counted.observer.upstream.open.value() == 1);
  CHECK(counted.observer.upstream.accepted.value() == 1);
  CHECK(counted.observer.upstream.failed.value() == 0);
  CHECK(counted.live.handshakes.sum() == 30'000);
  counted.session.reset();  // as where the analysis is shed
  CHECK(counted.observer.upstream.open.value() == 0);
}

TEST_CASE("broken rules are counted at once, by who broke them") {
  Counted counted;
  counted.open();
  counted.say(Endpoint::client, "\x81\x01z");
  const auto& sides =
      counted.live.violations[static_cast<std::size_t>(ws::Rule::client_frame_unmasked)];
  CHECK(sides[index(Endpoint::client)].value() == 1);
  CHECK(sides[index(Endpoint::server)].value() == 0);
}

TEST_CASE("a connection is what came of it") {
  struct Row {
    const char* name;
    void (*live)(Counted&);
    ConnectionResult result;
  };
  const Row rows[] = {
      {"nothing said", [](Counted&) {}, ConnectionResult::other},
      {"plain HTTP",
       [](Counted& c) { c.say(Endpoint::client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); },
       ConnectionResult::other},
      {"a WebSocket", [](Counted& c) { c.open(); }, ConnectionResult::websocket},
      {"refused with 403",
       [](Counted& c) {
         c.say(Endpoint::client, test::kUpgradeRequest);
         c.say(Endpoint::server, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
       },
       ConnectionResult::handshake_failed},
      {"no upstream",
       [](Counted& c) {
         c.session->handle(c.now, ConnectFailed{.address = "10.0.0.1:1", .error = "ECONNREFUSED"});
       },
       ConnectionResult::connect_failed},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Counted counted;
    row.live(counted);
    CHECK(counted.session->result() == row.result);
  }
}

}  // namespace
}  // namespace lastframe::session
