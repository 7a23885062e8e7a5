#include "core/session/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/frames.h"
#include "support/handshake.h"
#include "support/recording_observer.h"
#include "support/seeds.h"
#include "support/session_start.h"
#include "support/splits.h"

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
  Session session{test::kSomeStart, options, observer};
};

TEST_CASE("a report carries the catalogue of its session's options") {
  Told without;
  without.open();
  CHECK(without.finish().catalogue == nullptr);
  Told with;
  with.options.catalogue = std::make_shared<const catalogue::Catalogue>();
  with.open();
  CHECK(with.finish().catalogue == with.options.catalogue);
}

constexpr std::string_view kStreamRequest =
    "CONNECT /chat HTTP/2.0\r\nhost: server.example.com\r\nsec-websocket-version: 13\r\n\r\n";

TEST_CASE("a stream of HTTP/2 is a WebSocket behind its own heads") {
  Told told;
  const auto head = [&](Direction direction, std::string_view text) {
    told.session.handle(told.now, HeadRelayed{.direction = direction, .text = text});
  };
  head(Direction::client_to_server, kStreamRequest);
  CHECK(told.session.has_upgrade_request());
  told.say(Endpoint::client, frame(Endpoint::client, Opcode::text, "early"));
  head(Direction::server_to_client, "HTTP/2.0 103\r\n\r\n");
  told.now += 20ms;
  head(Direction::server_to_client, "HTTP/2.0 200\r\nserver: x\r\n\r\n");
  told.say(Endpoint::client, frame(Endpoint::client, Opcode::text, "late"));
  told.session.handle(told.now, StreamEnded{.endpoint = Endpoint::server,
                                            .how = EndKind::reset,
                                            .http2_error = "INTERNAL_ERROR"});
  const SessionReport& report = told.finish();
  CHECK(report.kind == RecordKind::session_end);
  CHECK(report.handshake.outcome == HandshakeOutcome::accepted);
  CHECK(report.handshake.status == 200);
  CHECK(report.handshake.http_version == 20);
  CHECK(report.handshake.duration_s == doctest::Approx(0.02));
  CHECK(report.texts[Text::path] == "/chat");
  CHECK(report.texts[Text::host] == "server.example.com");
  CHECK(report.traffic[index(Direction::client_to_server)].messages == 2);
  REQUIRE(report.stream_ends.size() == 1);
  CHECK(report.stream_ends[0].http2_error == "INTERNAL_ERROR");
  REQUIRE(report.violations.size() == 1);
  CHECK(report.violations[0].rule == ws::Rule::data_before_answer);
}

TEST_CASE("a stream that is refused never opened, and its body is the refusal's") {
  Told told;
  told.session.handle(
      told.now, HeadRelayed{.direction = Direction::client_to_server, .text = kStreamRequest});
  told.session.handle(told.now,
                      HeadRelayed{.direction = Direction::server_to_client,
                                  .text = "HTTP/2.0 403\r\ncontent-type: text/plain\r\n\r\n"});
  told.say(Endpoint::server, "not for you");
  told.end(Endpoint::server);
  const SessionReport& report = told.finish();
  CHECK(report.kind == RecordKind::handshake_failed);
  CHECK(report.handshake.status == 403);
  REQUIRE(report.handshake.refusal);
  CHECK(report.handshake.refusal->body == "not for you");
}

TEST_CASE("heads of streams that are none, or come twice, are survived") {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("what"), kStreamRequest}) {
    CAPTURE(text);
    Told told;
    for (const Direction direction : {Direction::server_to_client, Direction::client_to_server,
                                      Direction::client_to_server, Direction::server_to_client}) {
      told.session.handle(told.now, HeadRelayed{.direction = direction, .text = text});
    }
    told.say(Endpoint::server, "x");
    told.session.handle(told.now, Finished{});
    CHECK(told.session.is_opaque());
  }
}

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
  told.say(Endpoint::client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
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

TEST_CASE("how things stood is told as of the first Close, without the Close itself") {
  for (const Endpoint closer : kEndpoints) {
    CAPTURE(name(closer));
    const Direction by = direction_from(closer);
    const Direction opposite = direction_from(other(closer));
    Told told;
    told.open();
    told.now += 1s;
    told.say(closer, frame(closer, Opcode::text, "abc"));
    told.now += 9s;
    told.say(other(closer), frame(other(closer), Opcode::binary, std::string(300, 'x'), false));
    told.now += 60s;
    const std::string close = frame(closer, Opcode::close, test::close_payload(1000));
    told.say(closer, close.substr(0, 1));
    told.now += 1s;
    told.say(closer, close.substr(1));
    told.now += 1s;
    told.say(other(closer), frame(other(closer), Opcode::continuation, "late"));
    told.say(other(closer), frame(other(closer), Opcode::close, ""));
    told.end(closer);
    const SessionReport& report = told.finish();
    CHECK(report.handshake.opened == Moment{100s});
    CHECK(report.handshake.has_subprotocol_offer);
    REQUIRE(report.circumstances);
    const Circumstances& seen = *report.circumstances;
    CHECK(seen.at == Moment{171s});
    const DirectionState& own = seen.directions[index(by)];
    CHECK(own.last_byte_at == Moment{101s});
    CHECK(own.bytes == frame(closer, Opcode::text, "abc").size());
    CHECK(own.messages == 1);
    CHECK(own.recent ==
          std::vector{RecentMessage{.at = Moment{101s}, .size = 3, .largest_frame = 3}});
    CHECK(own.largest_message == 3);
    CHECK(own.rate == RecentRate{});
    const DirectionState& theirs = seen.directions[index(opposite)];
    CHECK(theirs.last_byte_at == Moment{110s});
    CHECK(theirs.messages == 0);
    CHECK(theirs.recent == std::vector{RecentMessage{.at = Moment{110s},
                                                     .size = 300,
                                                     .largest_frame = 300,
                                                     .is_text = false,
                                                     .is_complete = false}});
    CHECK(seen.silence == BrokenSilence{.by = opposite, .length = 9s, .ended = Moment{110s}});
    CHECK_FALSE(seen.farewell);
  }
}

TEST_CASE("bytes before the Close in its own read count") {
  for (const Endpoint closer : kEndpoints) {
    Told told;
    told.open();
    told.now += 30s;
    const std::string ping = frame(closer, Opcode::ping, "");
    told.say(closer, ping + frame(closer, Opcode::close, ""));
    const SessionReport& report = told.finish();
    REQUIRE(report.circumstances);
    const DirectionState& own = report.circumstances->directions[index(direction_from(closer))];
    CHECK(own.last_byte_at == Moment{130s});
    CHECK(own.bytes == ping.size());
    CHECK(own.rate == RecentRate{.messages = 0, .bytes = ping.size(), .over = 1ms});
    CHECK(report.circumstances->silence ==
          BrokenSilence{.by = direction_from(closer), .length = 30s, .ended = Moment{130s}});
  }
}

TEST_CASE("a connection on which nothing passed has a last byte of nobody") {
  Told told;
  told.open();
  told.now += 60s;
  told.end(Endpoint::server);
  told.say(Endpoint::client, frame(Endpoint::client, Opcode::close, ""));
  const SessionReport& report = told.finish();
  REQUIRE(report.circumstances);
  for (const DirectionState& state : report.circumstances->directions) {
    CHECK(state == DirectionState{});
  }
  CHECK_FALSE(report.circumstances->silence);
}

TEST_CASE("what comes behind the first end of a stream changes nothing of how things stood") {
  for (const Endpoint ender : kEndpoints) {
    Told told;
    told.open();
    told.say(other(ender), frame(other(ender), Opcode::text, "a"));
    told.now += 5s;
    told.end(ender, EndKind::reset);
    told.now += 1s;
    told.say(other(ender), frame(other(ender), Opcode::text, "b"));
    told.say(other(ender), frame(other(ender), Opcode::close, ""));
    const SessionReport& report = told.finish();
    REQUIRE(report.circumstances);
    CHECK(report.circumstances->at == Moment{105s});
    const auto& theirs = report.circumstances->directions[index(direction_from(other(ender)))];
    CHECK(theirs.messages == 1);
    CHECK(theirs.last_byte_at == Moment{100s});
  }
}

TEST_CASE("a connection that never opened has no circumstances") {
  Told told;
  told.say(Endpoint::client, test::kUpgradeRequest);
  told.end(Endpoint::client);
  CHECK_FALSE(told.finish().circumstances);
  CHECK_FALSE(told.observer.reports.back().handshake.opened);
}

TEST_CASE("of an answer that refused the upgrade is kept what may tell its reason") {
  Told told;
  told.say(Endpoint::client, test::kUpgradeRequest);
  const std::string answer =
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 300\r\nContent-Type: text/plain\r\n"
      "WWW-Authenticate: Basic realm=\"x\"\r\nRetry-After: 120\r\n"
      "Location: /login?token=secret&v=1\r\n\r\n" +
      std::string(300, 'n');
  SUBCASE("in one read") { told.say(Endpoint::server, answer); }
  SUBCASE("byte by byte") {
    for (const char& byte : answer) told.say(Endpoint::server, {&byte, 1});
  }
  const SessionReport& report = told.finish();
  CHECK(report.kind == RecordKind::handshake_failed);
  CHECK(report.handshake.has_subprotocol_offer);
  REQUIRE(report.handshake.refusal);
  CHECK(*report.handshake.refusal == Refusal{.body_length = 300,
                                             .content_type = "text/plain",
                                             .authenticate = "Basic",
                                             .location = "/login?token=[redacted, 6 bytes]&v=1",
                                             .retry_after = "120",
                                             .body = std::string(256, 'n'),
                                             .rows = {}});
}

// Sessions with a catalogue of a product or two.
std::shared_ptr<const catalogue::Catalogue> small_catalogue() {
  auto rows = std::make_shared<catalogue::Catalogue>();
  using Where = catalogue::Sign::Where;
  const auto add_product = [&](std::string id, catalogue::Sign sign) {
    catalogue::ProductRow row;
    row.id = std::move(id);
    row.signs = {std::move(sign)};
    rows->products.push_back(row);
  };
  add_product("alb", {Where::request_header, "x-amzn-trace-id", ""});
  add_product("engine_io", {Where::path, "", "/socket.io/"});
  add_product("nginx", {Where::response_header, "server", "nginx"});
  for (const Endpoint sender : kEndpoints) {
    catalogue::HeartbeatRow row;
    row.id = sender == Endpoint::server ? "engine_io_ping" : "engine_io_pong";
    row.product = "engine_io";
    row.carrier = catalogue::Carrier::text;
    row.sender = sender;
    row.starts = sender == Endpoint::server ? "2" : "3";
    rows->heartbeats.push_back(row);
    catalogue::FarewellRow farewell;
    farewell.id = "farewell_of_" + std::string(name(sender));
    farewell.sender = sender;
    farewell.starts = "{\"type\":\"disconnect\"";
    farewell.field = "reason";
    rows->farewells.push_back(farewell);
  }
  catalogue::RefusalRow refusal;
  refusal.statuses = {403};
  rows->refusals.push_back(refusal);
  return rows;
}

TEST_CASE("products are recognised in both heads, and rows in a refusal") {
  Told told;
  told.options.use(small_catalogue());
  std::string request(test::kUpgradeRequest);
  request.insert(request.size() - 2,
                 "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678\r\n");
  told.say(Endpoint::client, request);
  told.say(Endpoint::server, "HTTP/1.1 403 x\r\nServer: nginx/1.22\r\nContent-Length: 0\r\n\r\n");
  const SessionReport& report = told.finish();
  CHECK(report.texts[Text::request_products] == std::string_view("\0\0", 2));
  CHECK(report.texts[Text::response_products] == std::string_view("\0\2", 2));
  REQUIRE(report.handshake.refusal);
  CHECK(report.handshake.refusal->rows == std::vector<std::uint16_t>{0});
}

TEST_CASE("property: farewells and heartbeats in texts are found however they come") {
  const std::string reason = "{\"type\":\"disconnect\",\"reason\":\"server_restart\"}";
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    const std::string beat = from == Endpoint::server ? "2" : "3";
    std::string stream;
    for (int i = 0; i < 12; ++i) {
      // Client's first keys are compared, and then its frames may be skipped.
      auto header = test::header_of(from, Opcode::text, 4);
      if (header.masking_key) (*header.masking_key)[0] = static_cast<std::byte>(i);
      stream += frame(header, "text");
    }
    stream += frame(from, Opcode::text, beat) + frame(from, Opcode::text, beat + "x") +
              frame(from, Opcode::binary, beat) + frame(from, Opcode::text, reason) +
              frame(from, Opcode::text, "{}") + frame(from, Opcode::text, beat, false) +
              frame(from, Opcode::continuation, "") +
              frame(from, Opcode::text, reason.substr(0, 9), false) +
              frame(from, Opcode::ping, "") +
              frame(from, Opcode::continuation, reason.substr(9) + std::string(200, ' ')) +
              frame(from, Opcode::text, beat);
    for (const std::string_view path : {"/socket.io/?EIO=4", "/chat"}) {
      CAPTURE(path);
      test::at_every_split(stream, [&](const test::Split& split) {
        CAPTURE(split.name);
        Told told;
        told.options.use(small_catalogue());
        std::string request(test::kUpgradeRequest);
        request.replace(4, 5, path);
        told.say(Endpoint::client, request);
        told.say(Endpoint::server, test::kAcceptingResponse);
        told.now += 1s;
        test::feed_parts(split, [&](std::string_view part) { told.say(from, part); });
        told.now += 25s;
        told.say(from, frame(from, Opcode::text, beat));
        const SessionReport& report = told.finish();
        REQUIRE(report.circumstances);
        CHECK(report.circumstances->farewell ==
              Farewell{.id = "farewell_of_" + std::string(name(from)),
                       .value = "server_restart",
                       .sender = from,
                       .at = Moment{101s}});
        const auto& beats = report.circumstances->heartbeats[index(from)];
        CHECK(beats.has_value() == (path != "/chat"));
        if (!beats) return;
        CHECK(beats->count == 4);
        CHECK(beats->longest == 25s);
        CHECK(beats->last == Moment{126s});
        CHECK_FALSE(report.circumstances->heartbeats[index(other(from))]);
      });
    }
  }
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
