#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/session/session.h"
#include "support/deflater.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/recording_observer.h"
#include "support/session_start.h"

namespace lastframe::session {
namespace {

using test::frame;
using ws::Opcode;

// A WebSocket that stands, whose bytes are missed in parts.
struct Missing {
  explicit Missing(bool is_compressed = false) {
    say(Endpoint::client, with_deflate(test::kUpgradeRequest, is_compressed));
    say(Endpoint::server, with_deflate(test::kAcceptingResponse, is_compressed));
  }
  static std::string with_deflate(std::string_view head, bool is_compressed) {
    std::string text(head);
    if (is_compressed) {
      text.insert(text.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    }
    return text;
  }
  void say(Endpoint from, std::string_view bytes) {
    session.handle(now, BytesRelayed{direction_from(from), as_bytes(bytes)});
  }
  void miss(Endpoint from, std::uint64_t count, bool is_frame_next) {
    session.handle(now, BytesMissed{.direction = direction_from(from),
                                    .count = count,
                                    .is_frame_next = is_frame_next});
  }
  // All but the payload, of which not one byte is seen.
  void say_header(Endpoint from, std::string_view whole, std::size_t payload) {
    say(from, whole.substr(0, whole.size() - payload));
    miss(from, payload, true);
  }
  void close(Endpoint from) { say(from, frame(from, Opcode::close, test::close_payload(1000))); }
  const SessionReport& finish() {
    session.handle(now, Finished{});
    REQUIRE(observer.reports.size() == 1);
    return observer.reports.back();
  }
  // As their names, of this side.
  std::vector<ws::Rule> rules_of(Endpoint side) const {
    std::vector<ws::Rule> rules;
    for (const ws::Violation& violation : observer.violations) {
      if (violation.side == side) rules.push_back(violation.rule);
    }
    return rules;
  }

  SessionOptions options{
      .listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = test::kEverything};
  test::RecordingObserver observer;
  Moment now = test::kSomeStart.accepted;
  ws::InflatePool inflaters{ws::InflateLimits{}};
  Session session{{.id = 7,
                   .client = "192.0.2.1:1",
                   .is_client_trusted = false,
                   .accepted = test::kSomeStart.accepted,
                   .accepted_wall = {},
                   .inflaters = &inflaters},
                  options,
                  observer};
};

// What the other endpoint would be right to send.
std::string wrongly_masked(Endpoint from, std::string_view payload) {
  return frame(from == Endpoint::client ? Endpoint::server : Endpoint::client, Opcode::text,
               payload);
}
ws::Rule masking_rule(Endpoint from) {
  return from == Endpoint::client ? ws::Rule::client_frame_unmasked : ws::Rule::server_frame_masked;
}

TEST_CASE("payload that is missed breaks no rule, and the frames behind it are judged") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    for (const Opcode opcode : {Opcode::text, Opcode::binary, Opcode::ping, Opcode::pong}) {
      missing.say_header(from, frame(from, opcode, "hello"), 5);
    }
    CHECK(missing.rules_of(from).empty());
    missing.say(from, wrongly_masked(from, "x"));
    CHECK(missing.rules_of(from) == std::vector{masking_rule(from)});
    missing.close(from);
    const SessionReport& report = missing.finish();
    CHECK(report.close_frames[index(from)]->code == 1000);
    CHECK(report.close_frames[index(from)]->frame == 6);
    CHECK(report.traffic[index(direction_from(from))].frames == 6);
    CHECK(report.traffic[index(direction_from(from))].messages == 3);
  }
}

TEST_CASE("payload that is missed in parts is the same as in one") {
  for (const Endpoint from : kEndpoints) {
    Missing missing;
    const std::string whole = frame(from, Opcode::text, "hello world");
    missing.say(from, whole.substr(0, whole.size() - 11));
    missing.miss(from, 3, false);
    missing.say(from, whole.substr(whole.size() - 8, 4));
    missing.miss(from, 4, true);
    missing.close(from);
    const SessionReport& report = missing.finish();
    CHECK(missing.observer.violations.empty());
    CHECK(report.traffic[index(direction_from(from))].messages == 1);
    CHECK(report.close_frames[index(from)]->code == 1000);
  }
}

TEST_CASE("where a frame is said to be next, it is judged at once") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    missing.miss(from, 1000, true);
    missing.say(from, wrongly_masked(from, "x"));
    CHECK(missing.rules_of(from) == std::vector{masking_rule(from)});
    missing.close(from);
    CHECK(missing.finish().close_frames[index(from)]->code == 1000);
  }
}

TEST_CASE("a continuation behind what was missed may go on with a message that nobody saw") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    missing.miss(from, 1000, true);
    missing.say(from, frame(from, Opcode::continuation, "rest"));
    CHECK(missing.rules_of(from).empty());
    // That message is over now: another continuation has nothing to go on with.
    missing.say(from, frame(from, Opcode::continuation, "rest"));
    CHECK(missing.rules_of(from) == std::vector{ws::Rule::continuation_without_message});
  }
}

TEST_CASE("a place that is not known is found again, and nobody is blamed for the gap") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    const std::string half = frame(from, Opcode::text, std::string(100, 'a'));
    missing.say(from, half.substr(0, 30));
    // More than the payload has left: of a later frame, some bytes are gone.
    missing.miss(from, 500, false);
    missing.say(from, "the rest of a frame's text");
    for (int i = 0; i < 20; ++i) missing.say(from, frame(from, Opcode::text, "plain words"));
    missing.close(from);
    const SessionReport& report = missing.finish();
    CHECK(missing.rules_of(from).empty());
    REQUIRE(report.close_frames[index(from)].has_value());
    CHECK(report.close_frames[index(from)]->code == 1000);
  }
}

TEST_CASE("bytes count whether they are seen or missed") {
  for (const Endpoint from : kEndpoints) {
    std::array<std::uint64_t, 2> bytes{};
    for (const bool is_missed : {false, true}) {
      Missing missing;
      if (is_missed) {
        missing.say_header(from, frame(from, Opcode::text, "hello"), 5);
      } else {
        missing.say(from, frame(from, Opcode::text, "hello"));
      }
      bytes[is_missed ? 1 : 0] = missing.finish().traffic[index(direction_from(from))].bytes;
    }
    CHECK(bytes[0] == bytes[1]);
  }
}

TEST_CASE("a Close whose reason is missed keeps its code, and is not blamed for its text") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    missing.say_header(from, frame(from, Opcode::close, test::close_payload(4001, "reason")), 6);
    const SessionReport& report = missing.finish();
    REQUIRE(report.close_frames[index(from)].has_value());
    CHECK(report.close_frames[index(from)]->code == 4001);
    CHECK(missing.rules_of(from).empty());
  }
}

// RFC 6455 sections 5.6 and 5.5.1: UTF-8, which may be judged only where all of it is there.
TEST_CASE("text around missed bytes is not blamed for half a character") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    const std::string text = frame(from, Opcode::text, "caf\xC3\xA9!");
    missing.say(from, text.substr(0, text.size() - 2));
    missing.miss(from, 1, false);
    missing.say(from, text.substr(text.size() - 1));
    CHECK(missing.rules_of(from).empty());
    missing.say(from, frame(from, Opcode::text, "caf\xC3"));
    CHECK(missing.rules_of(from) == std::vector{ws::Rule::text_not_utf8});
  }
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing;
    const std::string close = frame(from, Opcode::close, test::close_payload(1000, "caf\xC3\xA9!"));
    missing.say(from, close.substr(0, close.size() - 2));
    missing.miss(from, 2, true);
    CHECK(missing.rules_of(from).empty());
  }
}

// RFC 7692 section 7.2: a message may refer to those before it.
TEST_CASE("compressed messages behind one that was missed are not blamed") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    Missing missing(true);
    test::Deflater deflater(15);
    const auto message = [&](std::string_view text) {
      const std::string payload = deflater.message(text);
      ws::FrameHeader header = test::header_of(from, Opcode::text, payload.size());
      header.rsv = 4;
      return std::pair(frame(header, payload), payload.size());
    };
    const std::string words = "the same words, and the same words again";
    missing.say(from, message(words).first);
    const auto [second, size] = message(words + ", " + words);
    missing.say_header(from, second, size);
    missing.say(from, message(words + ", " + words).first);
    missing.close(from);
    CHECK(missing.rules_of(from).empty());
    const SessionReport& report = missing.finish();
    CHECK(report.traffic[index(direction_from(from))].messages == 3);
    CHECK(report.close_frames[index(from)]->code == 1000);
  }
}

}  // namespace
}  // namespace lastframe::session
