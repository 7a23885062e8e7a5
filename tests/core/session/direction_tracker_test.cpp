#include "core/session/direction_tracker.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/rule_table.h"
#include "support/frames.h"
#include "support/hex.h"
#include "support/recording_observer.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::session {
namespace {

using test::close_payload;
using test::frame;
using ws::Opcode;

// Writes down what a tracker tells, one line for each thing.
class Notes final : public TrackerEvents {
 public:
  void frame_seen(const FrameSeen& seen) override {
    note("frame " + std::to_string(seen.frame) + " " + std::string(ws::name(seen.header.opcode)) +
         " at " + std::to_string(seen.offset) + " of message " + std::to_string(seen.message));
  }
  void message_seen(const MessageSeen& seen) override {
    note("message " + std::to_string(seen.message) + " " + std::string(ws::name(seen.opcode)) +
         " " + std::to_string(seen.size) + " in " + std::to_string(seen.fragments) +
         (seen.is_compressed ? " compressed" : ""));
  }
  void rule_broken(const ws::Violation& violation) override {
    note(std::string(row_of(violation.rule).id) + " by " + std::string(name(violation.side)) +
         " in frame " + std::to_string(violation.frame) + " at " +
         std::to_string(violation.offset));
  }
  void heartbeat_seen(const HeartbeatSeen& seen) override { heartbeats.push_back(seen); }
  void close_found(Endpoint sender, CloseFound close) override {
    note(std::string(name(sender)) + " closes " +
         std::to_string(static_cast<unsigned>(reported_code(close.body))) + " in frame " +
         std::to_string(close.frame));
  }

  void text_seen(Endpoint sender, std::string_view beginning) override {
    note(std::string(name(sender)) + " says " + std::string(beginning));
  }
  void second_began(Direction) override {}

  std::string text;
  std::vector<HeartbeatSeen> heartbeats;

 private:
  void note(const std::string& line) { text += line + "\n"; }
};

struct Tracked {
  std::string notes;
  bool is_mid_frame;
  bool is_mid_message;
  std::uint64_t bytes;
  std::uint64_t frames;
  std::uint64_t messages;

  bool operator==(const Tracked&) const = default;
};

Tracked track(Endpoint from, const test::Split& split, ws::NegotiatedExtensions extensions = {},
              bool ends = false) {
  DirectionTracker tracker(direction_from(from));
  tracker.begin(extensions, nullptr);
  Notes notes;
  test::feed_parts(split, [&](std::string_view part) {
    tracker.feed(as_bytes(part), Moment{}, {.events = notes, .interest = test::kEverything});
  });
  if (ends) tracker.end(notes);
  return {.notes = notes.text,
          .is_mid_frame = tracker.is_mid_frame(),
          .is_mid_message = tracker.is_mid_message(),
          .bytes = tracker.bytes(),
          .frames = tracker.frames(),
          .messages = tracker.messages()};
}

// At every split the notes are `expected`, in which "SENDER" stands for the sender.
void check(Endpoint from, const std::string& bytes, std::string expected,
           ws::NegotiatedExtensions extensions = {}, bool ends = false) {
  for (std::size_t at = expected.find("SENDER"); at != std::string::npos;
       at = expected.find("SENDER")) {
    expected.replace(at, 6, name(from));
  }
  test::at_every_split(bytes, [&](const test::Split& split) {
    CAPTURE(name(from));
    CAPTURE(split.name);
    const Tracked tracked = track(from, split, extensions, ends);
    CHECK(tracked.notes == expected);
    CHECK(tracked.bytes == bytes.size());
  });
}

std::string at(std::size_t offset) { return " at " + std::to_string(offset); }

TEST_CASE("a ping between two fragments does not end the message (RFC 6455 section 5.4)") {
  for (const Endpoint from : kEndpoints) {
    const std::string first = frame(from, Opcode::text, "Hel", false);
    const std::string ping = frame(from, Opcode::ping, "p");
    const std::string last = frame(from, Opcode::continuation, "lo");
    check(from, first + ping + last + ping,
          "frame 1 text at 0 of message 1\n"
          "frame 2 ping" +
              at(first.size()) +
              " of message 0\n"
              "frame 3 continuation" +
              at(first.size() + ping.size()) +
              " of message 1\n"
              "message 1 text 5 in 2\n"
              "frame 4 ping" +
              at(first.size() + ping.size() + last.size()) + " of message 0\n");
  }
}

TEST_CASE("empty messages and empty fragments count") {
  for (const Endpoint from : kEndpoints) {
    const std::string empty = frame(from, Opcode::binary, "");
    const std::string first = frame(from, Opcode::text, "", false);
    const std::string last = frame(from, Opcode::continuation, "");
    check(from, empty + first + last,
          "frame 1 binary at 0 of message 1\nmessage 1 binary 0 in 1\n"
          "frame 2 text" +
              at(empty.size()) +
              " of message 2\n"
              "frame 3 continuation" +
              at(empty.size() + first.size()) +
              " of message 2\n"
              "message 2 text 0 in 2\n");
  }
}

TEST_CASE("a message inside a message takes its place (RFC 6455 section 5.4)") {
  for (const Endpoint from : kEndpoints) {
    const std::string first = frame(from, Opcode::text, "abc", false);
    const std::string second = frame(from, Opcode::binary, "d");
    check(from, first + second,
          "frame 1 text at 0 of message 1\n"
          "FR-11 by SENDER in frame 2" +
              at(first.size()) +
              "\n"
              "frame 2 binary" +
              at(first.size()) + " of message 1\nmessage 1 binary 1 in 1\n");
  }
}

TEST_CASE("a continuation of nothing is no message (RFC 6455 section 5.4)") {
  for (const Endpoint from : kEndpoints) {
    check(from, frame(from, Opcode::continuation, "abc"),
          "FR-10 by SENDER in frame 1 at 0\nframe 1 continuation at 0 of message 0\n");
  }
}

TEST_CASE("RSV1 on the first frame marks the whole message (RFC 7692 section 6)") {
  for (const Endpoint from : kEndpoints) {
    ws::FrameHeader header = test::header_of(from, Opcode::text, 2, false);
    header.rsv = ws::kRsv1;
    const std::string first = frame(header, "ab");
    check(from, first + frame(from, Opcode::continuation, "c"),
          "frame 1 text at 0 of message 1\n"
          "frame 2 continuation" +
              at(first.size()) +
              " of message 1\n"
              "message 1 text 3 in 2 compressed\n",
          {.has_deflate = true});
  }
}

TEST_CASE("a Close is found with its frame, and only the first one counts") {
  for (const Endpoint from : kEndpoints) {
    const std::string ping = frame(from, Opcode::ping, "");
    const std::string close = frame(from, Opcode::close, close_payload(4321, "go"));
    check(from, ping + close + frame(from, Opcode::close, close_payload(1000)),
          "frame 1 ping at 0 of message 0\n"
          "frame 2 close" +
              at(ping.size()) +
              " of message 0\nSENDER closes 4321 in frame 2\n"
              "FR-17 by SENDER in frame 3" +
              at(ping.size() + close.size()) + "\nframe 3 close" + at(ping.size() + close.size()) +
              " of message 0\n");
  }
}

// RFC 6455 section 5.5 allows 125 bytes. What a longer one says is known all the same.
TEST_CASE("a Close that is too long is read up to its 125th byte") {
  for (const Endpoint from : kEndpoints) {
    const std::string head = "frame 1 close at 0 of message 0\n";
    check(from, frame(from, Opcode::close, close_payload(1000, std::string(123, 'x'))),
          head + "SENDER closes 1000 in frame 1\n");
    check(from, frame(from, Opcode::close, close_payload(1000, std::string(124, 'x'))),
          "FR-08 by SENDER in frame 1 at 0\n" + head + "SENDER closes 1000 in frame 1\n");
    check(from, frame(from, Opcode::close, close_payload(1006, std::string(300, 'x'))),
          "FR-08 by SENDER in frame 1 at 0\n" + head +
              "CL-03 by SENDER in frame 1 at 0\nSENDER closes 1006 in frame 1\n");
  }
}

TEST_CASE("a long reason that we cut inside a character breaks no rule by that") {
  for (const Endpoint from : kEndpoints) {
    for (const std::string character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
      for (std::size_t shift = 0; shift < 4; ++shift) {
        CAPTURE(character);
        CAPTURE(shift);
        std::string reason(shift, 'x');
        while (reason.size() < 140) reason += character;
        const std::string bytes = frame(from, Opcode::close, close_payload(1000, reason));
        CHECK(track(from, test::whole(bytes)).notes.find("CL-02") == std::string::npos);
        const std::string broken = frame(from, Opcode::close, close_payload(1000, "\xFF" + reason));
        CHECK(track(from, test::whole(broken)).notes.find("CL-02") != std::string::npos);
      }
    }
  }
}

TEST_CASE("an unfinished Close is none") {
  for (const Endpoint from : kEndpoints) {
    const std::string close = frame(from, Opcode::close, close_payload(1000, "bye"));
    check(from, close.substr(0, close.size() - 1), "frame 1 close at 0 of message 0\n");
  }
}

TEST_CASE("rules of a Close's body are found in its frame") {
  for (const Endpoint from : kEndpoints) {
    const std::string head = "frame 1 close at 0 of message 0\n";
    check(from, frame(from, Opcode::close, "\x03"),
          head + "CL-01 by SENDER in frame 1 at 0\nSENDER closes 1002 in frame 1\n");
    check(from, frame(from, Opcode::close, close_payload(1005, "\xFF")),
          head + "CL-02 by SENDER in frame 1" + at(from == Endpoint::client ? 8 : 4) +
              "\nCL-03 by SENDER in frame 1 at 0\nSENDER closes 1005 in frame 1\n");
  }
}

TEST_CASE("behind a fault that ends trust no further rule is said to be broken") {
  for (const Endpoint from : kEndpoints) {
    ws::FrameHeader bad = test::header_of(from, Opcode::text, 0);
    bad.rsv = ws::kRsv2;
    const std::string broken = frame(bad, "") + frame(from, Opcode::continuation, "") +
                               frame(other(from), Opcode{0xB}, "") + frame(from, Opcode::text, "a");
    const Tracked tracked = track(from, test::whole(broken));
    CHECK(tracked.notes.find("FR-03 by") == 0);
    CHECK(tracked.notes.find("FR-", 1) == std::string::npos);
    CHECK(tracked.frames == 4);
    CHECK(tracked.messages == 0);
    CHECK_FALSE(tracked.is_mid_frame);
    // Nor does a frame that may be none belong to a message.
    const std::string begun = frame(from, Opcode::text, "a", false);
    const std::string notes = track(from, test::whole(begun + broken)).notes;
    CHECK(notes.find("of message 1") == notes.rfind("of message 1"));
    // Where an untrusted direction's frames begin and end is a guess.
    const Tracked cut = track(from, test::whole(broken + test::hex("82 7e")), {}, true);
    CHECK_FALSE(cut.is_mid_frame);
    CHECK(cut.notes.find("FR-14") == std::string::npos);
  }
}

TEST_CASE("in an untrusted direction only a Close that is right in every point counts") {
  struct Row {
    std::string_view name;
    std::string payload;
    bool is_masked_rightly;
    std::uint8_t rsv;
    bool fin;
    bool counts;
  };
  const auto rows = std::to_array<Row>({
      {"right in every point", close_payload(1002, "bad"), true, 0, true, true},
      {"empty", "", true, 0, true, true},
      {"masked wrongly", close_payload(1002), false, 0, true, false},
      {"a reserved bit", close_payload(1002), true, ws::kRsv1, true, false},
      {"fragmented", close_payload(1002), true, 0, false, false},
      {"one byte", "\x03", true, 0, true, false},
      {"a code that never is", close_payload(7), true, 0, true, false},
      {"a code that is never sent", close_payload(1006), true, 0, true, false},
      {"a reason that is no UTF-8", close_payload(1002, "\xFF"), true, 0, true, false},
  });
  for (const Endpoint from : kEndpoints) {
    for (const Row& row : rows) {
      CAPTURE(name(from));
      CAPTURE(row.name);
      ws::FrameHeader header = test::header_of(row.is_masked_rightly ? from : other(from),
                                               Opcode::close, row.payload.size(), row.fin);
      header.rsv = row.rsv;
      const std::string bytes = frame(from, Opcode{0x3}, "") + frame(header, row.payload);
      test::at_every_split(bytes, [&](const test::Split& split) {
        CAPTURE(split.name);
        const bool is_found = track(from, split).notes.find("closes") != std::string::npos;
        CHECK(is_found == row.counts);
      });
      // A plausible one may still come behind it.
      const std::string later = bytes + frame(from, Opcode::close, close_payload(1001));
      CHECK(track(from, test::whole(later)).notes.find("closes") != std::string::npos);
    }
  }
}

TEST_CASE("a frame that is cut off is said to be, at the place where it began") {
  for (const Endpoint from : kEndpoints) {
    const std::string whole_frame = frame(from, Opcode::text, "abc");
    for (std::size_t size = 1; size < whole_frame.size(); ++size) {
      CAPTURE(size);
      const std::string bytes = whole_frame + whole_frame.substr(0, size);
      const std::size_t header_size = from == Endpoint::client ? 6 : 2;
      check(from, bytes,
            "frame 1 text at 0 of message 1\nmessage 1 text 3 in 1\n" +
                (size < header_size ? std::string()
                                    : "frame 2 text" + at(whole_frame.size()) + " of message 2\n") +
                "FR-14 by SENDER in frame 2" + at(whole_frame.size()) + "\n",
            {}, true);
    }
  }
}

// RFC 6455 section 5.5.1: "The application MUST NOT send any more data frames after sending a Close
// frame."
TEST_CASE("what comes behind a Close is judged by what it is, and by who closed first") {
  for (const Endpoint from : kEndpoints) {
    const std::string close = frame(from, Opcode::close, close_payload(1000));
    const auto said = [&](const std::string& late, bool is_other_side_closed) {
      DirectionTracker tracker(direction_from(from));
      Notes notes;
      tracker.feed(as_bytes(close), Moment{}, {.events = notes, .interest = Interest{}});
      if (is_other_side_closed) tracker.note_close_of_other_side();
      notes.text.clear();
      tracker.feed(as_bytes(late), Moment{}, {.events = notes, .interest = Interest{}});
      return notes.text.substr(0, notes.text.find(' '));
    };
    for (const bool is_closed : {false, true}) {
      CHECK(said(frame(from, Opcode::text, "a"), is_closed) == "FR-16");
      CHECK(said(frame(from, Opcode::binary, ""), is_closed) == "FR-16");
      CHECK(said(close, is_closed) == "FR-17");
      CHECK(said(frame(from, Opcode::pong, ""), is_closed).empty());
      CHECK(said(frame(from, Opcode::ping, ""), is_closed) == (is_closed ? "FR-17" : ""));
    }
  }
}

TEST_CASE("a Ping and the Pong that answers it have the same digest, however they are masked") {
  const std::string payload = "\x01\x80ping \xFF";
  std::vector<std::uint64_t> digests;
  for (const Endpoint from : kEndpoints) {
    const std::string bytes =
        frame(from, Opcode::ping, payload) + frame(from, Opcode::pong, payload + "!");
    test::at_every_split(bytes, [&](const test::Split& split) {
      DirectionTracker tracker(direction_from(from));
      Notes notes;
      test::feed_parts(split, [&](std::string_view part) {
        tracker.feed(as_bytes(part), Moment{}, {.events = notes, .interest = Interest{}});
      });
      REQUIRE(notes.heartbeats.size() == 2);
      CHECK(notes.heartbeats[0].opcode == Opcode::ping);
      CHECK(notes.heartbeats[1].opcode == Opcode::pong);
      CHECK(notes.heartbeats[0].payload != notes.heartbeats[1].payload);
      digests.push_back(notes.heartbeats[0].payload);
    });
  }
  CHECK(std::ranges::count(digests, digests.front()) == std::ssize(digests));
}

TEST_CASE("a broken rule comes with its frame's header as on the wire, and never with payload") {
  for (const Endpoint from : kEndpoints) {
    class Bytes final : public TrackerEvents {
     public:
      void frame_seen(const FrameSeen&) override {}
      void message_seen(const MessageSeen&) override {}
      void heartbeat_seen(const HeartbeatSeen&) override {}
      void close_found(Endpoint, CloseFound) override {}
      void text_seen(Endpoint, std::string_view) override {}
      void second_began(Direction) override {}
      void rule_broken(const ws::Violation& violation) override { bytes = violation.bytes; }
      std::string bytes;
    };
    const ws::FrameHeader wrong = test::header_of(other(from), Opcode::text, 300);
    const std::string wire = frame(wrong, std::string(300, 's'));
    test::at_every_split(wire.substr(0, 20), [&](const test::Split& split) {
      DirectionTracker tracker(direction_from(from));
      Bytes events;
      test::feed_parts(split, [&](std::string_view part) {
        tracker.feed(as_bytes(part), Moment{}, {.events = events, .interest = Interest{}});
      });
      CHECK(events.bytes == test::encode(wrong));
    });
  }
}

TEST_CASE("nobody is told of what nobody wants to know") {
  for (const Endpoint from : kEndpoints) {
    DirectionTracker tracker(direction_from(from));
    Notes notes;
    const std::string bytes =
        frame(from, Opcode::text, "abc") + frame(from, Opcode::close, close_payload(1000));
    tracker.feed(as_bytes(bytes), Moment{}, {.events = notes, .interest = Interest{}});
    CHECK(notes.text == std::string(name(from)) + " closes 1000 in frame 2\n");
    CHECK(tracker.frames() == 2);
    CHECK(tracker.messages() == 1);
  }
}

// Mostly frames that obey the rules, some that do not, and sometimes noise.
std::string random_frames(std::mt19937& random, Endpoint from) {
  std::string bytes;
  for (unsigned frames = test::below(random, 8); frames > 0; --frames) {
    if (test::once_in(random, 20)) {
      bytes += test::random_bytes(random, test::below(random, 20));
      continue;
    }
    constexpr std::array kUsual{Opcode::text, Opcode::binary, Opcode::continuation, Opcode::ping,
                                Opcode::close};
    const Opcode opcode = test::once_in(random, 15) ? static_cast<Opcode>(test::below(random, 16))
                                                    : kUsual[test::below(random, 5)];
    std::string payload = test::random_bytes(random, test::below(random, 12));
    if (opcode == Opcode::close && !test::once_in(random, 4)) {
      payload = close_payload(995 + test::below(random, 25), "ok");
    }
    const Endpoint masked_as = test::once_in(random, 10) ? other(from) : from;
    ws::FrameHeader header =
        test::header_of(masked_as, opcode, payload.size(), !test::once_in(random, 3));
    if (test::once_in(random, 20)) header.rsv = static_cast<std::uint8_t>(test::below(random, 8));
    bytes += frame(header, payload);
  }
  return bytes;
}

TEST_CASE("what reads as a response within a message is forgotten when a good frame follows") {
  // 126 bytes and more are searched.
  const std::string payload = "HTTP/1.1 502 Bad Gateway" + std::string(200, '.');
  for (const bool is_compressed : {false, true}) {
    CAPTURE(is_compressed);
    ws::FrameHeader header = test::header_of(Endpoint::server, Opcode::binary, payload.size());
    if (is_compressed) header.rsv = ws::kRsv1;
    const auto seen_after = [&](std::string_view bytes) {
      DirectionTracker tracker(Direction::server_to_client);
      tracker.begin({.has_deflate = true}, nullptr);
      Notes notes;
      tracker.feed(as_bytes(bytes), Moment{}, {.events = notes, .interest = {}});
      REQUIRE(tracker.is_mid_frame());
      std::vector<StraySeen> seen;
      tracker.report_stray_bytes(seen);
      return seen.size();
    };
    const std::string good = frame(header, payload);
    header.payload_length = 1000;
    const std::string cut_off = frame(header, "");
    CHECK(seen_after(cut_off + payload) == 1);  // the stream ended within that frame
    CHECK(seen_after(good + cut_off) == 0);
  }
}

TEST_CASE("property: what is told does not depend on how the bytes are cut") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 300; ++run) {
    CAPTURE(run);
    const Endpoint from = kEndpoints[test::below(random, 2)];
    const std::string bytes = random_frames(random, from);
    const ws::NegotiatedExtensions extensions{.has_deflate = test::once_in(random, 2),
                                              .has_unknown = test::once_in(random, 5)};
    const Tracked expected = track(from, test::whole(bytes), extensions, true);
    test::at_every_split(bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(track(from, split, extensions, true) == expected);
    });
  }
}

}  // namespace
}  // namespace lastframe::session
