#include "core/session/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/frames.h"
#include "support/handshake.h"
#include "support/recording_observer.h"
#include "support/seeds.h"

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;
using test::frame;
using ws::Opcode;

// A session, and what its observer was told.
struct Told {
  explicit Told(const Interest& interest = {})
      : options{.listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = interest} {}

  void say(Endpoint endpoint, std::string_view bytes) {
    session.handle(now, BytesRelayed{direction_from(endpoint), as_bytes(bytes)});
  }
  void end(Endpoint endpoint, EndKind how = EndKind::fin) {
    session.handle(now, StreamEnded{endpoint, how});
  }
  void open() {
    say(Endpoint::client, test::kUpgradeRequest);
    say(Endpoint::server, test::kAcceptingResponse);
  }
  const SessionReport& finish() {
    session.handle(now, Finished{});
    REQUIRE_FALSE(observer.reports.empty());
    return observer.reports.back();
  }

  SessionOptions options;
  test::RecordingObserver observer;
  Moment now{100s};
  Session session{{.id = 7,
                   .client = "192.0.2.1:1",
                   .is_client_trusted = false,
                   .accepted = Moment{100s},
                   .accepted_wall = WallTime{5s}},
                  options,
                  observer};
};

TEST_CASE("a report says which connection it is of") {
  Told told;
  told.open();
  told.now += 3s;
  const SessionReport& report = told.finish();
  CHECK(report.id == 7);
  CHECK(report.attempt == 1);
  CHECK(report.listener == "chat");
  CHECK(report.upstream == "chat-a");
  CHECK(report.accepted == Moment{100s});
  CHECK(report.accepted_wall == WallTime{5s});
  CHECK(report.ended == Moment{103s});
  CHECK(report.texts[Text::client] == "192.0.2.1:1");
}

TEST_CASE("samples of both legs and both directions stand in the report") {
  Told told;
  told.open();
  for (const Endpoint endpoint : kEndpoints) {
    const auto number = 1 + index(endpoint);
    told.session.handle(told.now, RelaySampled{direction_from(endpoint), number * 100, 2s});
    told.session.handle(told.now, TransportSampled{endpoint,
                                                   {.rtt_ms = 0.5,
                                                    .retransmits = number,
                                                    .unacked_bytes = number * 10,
                                                    .error = "EPIPE"}});
  }
  const SessionReport& report = told.finish();
  for (const Endpoint endpoint : kEndpoints) {
    const auto number = 1 + index(endpoint);
    CHECK(report.traffic[index(direction_from(endpoint))].pending_max == number * 100);
    CHECK(report.traffic[index(direction_from(endpoint))].stalled == 2s);
    REQUIRE(report.transport[index(endpoint)]);
    CHECK(report.transport[index(endpoint)]->retransmits == number);
    CHECK(report.transport[index(endpoint)]->unacked_bytes == number * 10);
    CHECK(report.transport[index(endpoint)]->error == "EPIPE");
  }
}

TEST_CASE("starts, frames, messages and violations are told to those who want them") {
  const std::string text = frame(Endpoint::client, Opcode::text, "a");
  const std::string unmasked = frame(Endpoint::server, Opcode::text, "a");
  for (const bool is_wanted : {false, true}) {
    CAPTURE(is_wanted);
    Told told(is_wanted ? test::kEverything : Interest{});
    told.open();
    told.say(Endpoint::client, text + unmasked);
    CHECK(told.observer.starts.size() == (is_wanted ? 1 : 0));
    CHECK(told.observer.events.size() == (is_wanted ? 4 : 0));
    CHECK(told.observer.violations.size() == (is_wanted ? 1 : 0));
    const SessionReport& report = told.finish();
    CHECK(report.violation_count == 1);
    CHECK(report.traffic[0].messages == 2);
  }
}

TEST_CASE("a start that is told changes nothing about the end") {
  std::vector<std::vector<std::string>> records;
  for (const bool has_starts : {false, true}) {
    Told told(Interest{.starts = has_starts});
    told.say(Endpoint::client, test::kUpgradeRequest);
    told.end(Endpoint::client);
    told.say(Endpoint::server, test::kAcceptingResponse);
    told.say(Endpoint::server, frame(Endpoint::server, Opcode::close, ""));
    told.end(Endpoint::server, EndKind::reset);
    told.finish();
    records.push_back(told.observer.records.back());
  }
  CHECK(test::joined(records[0]) == test::joined(records[1]));
}

TEST_CASE("between messages is where a drain may end a connection") {
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    Told told;
    CHECK(told.session.is_between_messages());
    told.say(Endpoint::client, test::kUpgradeRequest);
    CHECK_FALSE(told.session.is_between_messages());
    told.say(Endpoint::server, test::kAcceptingResponse);
    CHECK(told.session.is_between_messages());
    const std::string first = frame(endpoint, Opcode::text, "abc", false);
    told.say(endpoint, first.substr(0, 1));
    CHECK_FALSE(told.session.is_between_messages());
    told.say(endpoint, first.substr(1));
    CHECK_FALSE(told.session.is_between_messages());
    told.say(endpoint, frame(endpoint, Opcode::ping, ""));
    CHECK_FALSE(told.session.is_between_messages());
    told.say(endpoint, frame(endpoint, Opcode::continuation, "d"));
    CHECK(told.session.is_between_messages());
  }
}

TEST_CASE("an opaque connection is never known to stand between messages") {
  Told told;
  told.say(Endpoint::client, "\x16\x03\x01");
  CHECK(told.session.is_opaque());
  CHECK(told.session.has_answer());
  CHECK_FALSE(told.session.has_upgrade_request());
  CHECK_FALSE(told.session.is_between_messages());
  told.say(Endpoint::client, test::kUpgradeRequest);
  told.say(Endpoint::server, test::kAcceptingResponse);
  told.session.handle(told.now, Finished{});
  CHECK(told.observer.reports.empty());
}

TEST_CASE("what the shell asks of a session follows the exchanges") {
  Told told;
  CHECK_FALSE(told.session.has_unanswered_request());
  CHECK_FALSE(told.session.has_answer());
  told.say(Endpoint::client, test::kUpgradeRequest.substr(0, 50));
  CHECK_FALSE(told.session.has_unanswered_request());
  told.say(Endpoint::client, test::kUpgradeRequest.substr(50));
  CHECK(told.session.has_unanswered_request());
  CHECK(told.session.has_upgrade_request());
  told.say(Endpoint::server, "HTTP/1.1 103 Early Hints\r\n\r\n");
  CHECK_FALSE(told.session.has_answer());
  CHECK(told.session.has_unanswered_request());
  told.say(Endpoint::server, "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
  CHECK(told.session.has_answer());
  CHECK_FALSE(told.session.has_unanswered_request());
}

TEST_CASE("an answer of ours is marked") {
  Told told;
  told.say(Endpoint::client, test::kUpgradeRequest);
  told.session.handle(told.now, ConnectFailed{"10.0.0.7:9000", "ECONNREFUSED"});
  told.session.note_answered_by_us();
  CHECK(told.finish().is_answered_by_us);
}

TEST_CASE("the report that is asked for before the end is the last one, but for the patterns") {
  const auto ended = [](bool is_asked) {
    Told told;
    told.open();
    told.say(Endpoint::client, frame(Endpoint::client, Opcode::text, "Hello"));
    told.now += 60s;
    told.end(Endpoint::server);
    told.end(Endpoint::client);
    KnownPatterns patterns;
    patterns.same_idle = {.matching = 4, .of = 5};
    if (is_asked) {
      const SessionReport& so_far = told.session.ending_report(told.now);
      CHECK(so_far.ended == told.now);
      CHECK(so_far.initiator == Initiator::server);
      CHECK(so_far.patterns == KnownPatterns{});
      CHECK(told.observer.reports.empty());
    }
    told.session.handle(told.now, PatternsKnown{patterns});
    CHECK(told.finish().patterns == patterns);
    CHECK(told.observer.reports.size() == 1);
    return told.observer.records.back();
  };
  CHECK(ended(true) == ended(false));
}

TEST_CASE("a connection may ask more often than can be counted") {
  Told told;
  constexpr unsigned kMost = std::numeric_limits<std::uint16_t>::max();
  for (unsigned i = 0; i < kMost + 2; ++i) {
    told.say(Endpoint::client, "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    told.say(Endpoint::server, "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
    if (i < kMost) told.observer.reports.clear();
    told.observer.records.clear();
  }
  CHECK(told.session.has_upgrade_request());
  CHECK(told.finish().attempt == kMost);
}

struct Act {
  Endpoint endpoint;
  Opcode opcode = Opcode::text;
  std::string payload;
  bool fin = true;
  std::uint8_t rsv = 0;
  bool is_masked_wrongly = false;
  std::size_t cut_off = 0;  // bytes that never come
  std::optional<EndKind> end;
};

std::vector<Act> random_acts(std::mt19937& random) {
  std::vector<Act> acts;
  for (unsigned count = 1 + test::below(random, 10); count > 0; --count) {
    Act act{.endpoint = kEndpoints[test::below(random, 2)], .payload = {}, .end = {}};
    constexpr std::array kUsual{Opcode::text, Opcode::binary, Opcode::continuation, Opcode::ping,
                                Opcode::close};
    act.opcode = kUsual[test::below(random, 5)];
    if (test::once_in(random, 30)) act.opcode = Opcode{0xC};
    act.payload = test::random_bytes(random, test::below(random, 6));
    if (act.opcode == Opcode::close)
      act.payload = test::close_payload(995 + test::below(random, 25));
    act.fin = !test::once_in(random, 4);
    if (test::once_in(random, 30)) act.rsv = static_cast<std::uint8_t>(test::below(random, 8));
    act.is_masked_wrongly = test::once_in(random, 20);
    if (test::once_in(random, 10)) act.cut_off = 1;
    if (test::once_in(random, 6)) {
      constexpr std::array kEnds{EndKind::fin, EndKind::reset, EndKind::timeout,
                                 EndKind::tls_truncated, EndKind::error};
      act.end = kEnds[test::below(random, 5)];
    }
    acts.push_back(std::move(act));
  }
  return acts;
}

// The report of a connection on which `acts` happen, or the same with the roles changed.
SessionReport report_of(const std::vector<Act>& acts, bool is_mirrored) {
  Told told;
  told.open();
  std::array<bool, 2> has_ended{};
  for (const Act& act : acts) {
    const Endpoint endpoint = is_mirrored ? other(act.endpoint) : act.endpoint;
    if (has_ended[index(endpoint)]) continue;
    if (act.end) {
      has_ended[index(endpoint)] = true;
      told.end(endpoint, *act.end);
      continue;
    }
    ws::FrameHeader header = test::header_of(act.is_masked_wrongly ? other(endpoint) : endpoint,
                                             act.opcode, act.payload.size(), act.fin);
    header.rsv = act.rsv;
    const std::string bytes = frame(header, act.payload);
    told.say(endpoint, bytes.substr(0, bytes.size() - act.cut_off));
  }
  return told.finish();
}

Initiator mirrored(Initiator initiator) {
  switch (initiator) {
    case Initiator::client:
      return Initiator::server;
    case Initiator::server:
      return Initiator::client;
    case Initiator::proxy:
      break;
    case Initiator::none:
      break;
  }
  return initiator;
}

// Rules that are each other's mirror image.
ws::Rule mirrored(ws::Rule rule) {
  if (rule == ws::Rule::client_frame_unmasked) return ws::Rule::server_frame_masked;
  if (rule == ws::Rule::server_frame_masked) return ws::Rule::client_frame_unmasked;
  return rule;
}

TEST_CASE("property: client and server swapped gives the mirrored verdict") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 2000; ++run) {
    CAPTURE(run);
    std::vector<Act> acts = random_acts(random);
    // A byte that never comes shifts the frames behind it, and a masked header is not as long as an
    // unmasked one: the mirror image holds where nothing of that side follows.
    for (std::size_t i = 0; i < acts.size(); ++i) {
      if (acts[i].cut_off == 0 || acts[i].end) continue;
      for (std::size_t j = i + 1; j < acts.size(); ++j) {
        if (acts[j].endpoint == acts[i].endpoint && !acts[j].end) acts[j].end = EndKind::fin;
      }
    }
    const SessionReport one = report_of(acts, false);
    const SessionReport two = report_of(acts, true);
    CHECK(one.kind == two.kind);
    CHECK(one.code == two.code);
    CHECK(one.initiator == mirrored(two.initiator));
    CHECK(one.ending == two.ending);
    CHECK(one.clean == two.clean);
    REQUIRE(one.stream_ends.size() == two.stream_ends.size());
    for (std::size_t i = 0; i < one.stream_ends.size(); ++i) {
      CHECK(one.stream_ends[i].endpoint == other(two.stream_ends[i].endpoint));
      CHECK(one.stream_ends[i].how == two.stream_ends[i].how);
    }
    CHECK(one.violation_count == two.violation_count);
    REQUIRE(one.violations.size() == two.violations.size());
    for (std::size_t i = 0; i < one.violations.size(); ++i) {
      CHECK(one.violations[i].rule == mirrored(two.violations[i].rule));
      CHECK(one.violations[i].side == other(two.violations[i].side));
      CHECK(one.violations[i].frame == two.violations[i].frame);
    }
    for (const Endpoint endpoint : kEndpoints) {
      const auto& close = one.close_frames[index(endpoint)];
      const auto& image = two.close_frames[index(other(endpoint))];
      REQUIRE(close.has_value() == image.has_value());
      if (close) CHECK(close->code == image->code);
      const Traffic& traffic = one.traffic[index(direction_from(endpoint))];
      const Traffic& mirror = two.traffic[index(direction_from(other(endpoint)))];
      CHECK(traffic.frames == mirror.frames);
      CHECK(traffic.messages == mirror.messages);
    }
  }
}

}  // namespace
}  // namespace lastframe::session
