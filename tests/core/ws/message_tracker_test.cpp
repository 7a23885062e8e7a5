#include "core/ws/message_tracker.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/rule_table.h"
#include "support/frames.h"
#include "support/hex.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

struct Piece {
  std::uint8_t first_byte;
  std::string payload;
};

// What the tracker says of these data frames, each payload cut as `split` cuts all of them in one.
std::string said_of(Endpoint from, const std::vector<Piece>& pieces, bool has_deflate,
                    const test::Split& split) {
  InflatePool pool{InflateLimits{}};
  MessageTracker tracker;
  if (has_deflate) tracker.begin_deflate(pool, {});
  std::string said;
  std::vector<MessageFault> faults;
  const auto note = [&] {
    for (const MessageFault& fault : faults) {
      said.append(row_of(fault.rule).id);
      if (fault.payload_offset) said.append(" at ").append(std::to_string(*fault.payload_offset));
      if (!fault.detail.empty()) said.append(" (").append(fault.detail).append(")");
      said += "; ";
    }
    faults.clear();
  };
  // The cuts of the split, counted over all payloads.
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; const std::string_view part : split.parts)
    cuts.push_back(at += part.size());
  std::size_t start = 0;
  for (const Piece& piece : pieces) {
    FrameHeader header = test::header_of(from, static_cast<Opcode>(piece.first_byte & 15),
                                         piece.payload.size(), (piece.first_byte & 0x80) != 0);
    header.rsv = static_cast<std::uint8_t>(piece.first_byte >> 4 & 7);
    const std::string wire = test::frame(header, piece.payload).substr(header.header_length);
    tracker.begin_frame(header);
    std::size_t at = 0;
    const auto take_until = [&](std::size_t end) {
      if (end <= at) return;
      tracker.take({.bytes = as_bytes(wire).subspan(at, end - at),
                    .offset = at,
                    .masking_key = header.masking_key},
                   faults);
      at = end;
    };
    for (const std::size_t cut : cuts) {
      if (cut > start && cut < start + wire.size()) take_until(cut - start);
    }
    take_until(wire.size());
    start += wire.size();
    if (tracker.end_frame(wire.size(), faults)) {
      note();
      said += std::string(name(tracker.opcode())) + " of " + std::to_string(tracker.size()) +
              " in " + std::to_string(tracker.fragments()) + "; ";
    }
  }
  note();
  return said;
}

void check(const std::vector<Piece>& pieces, std::string_view expected, bool has_deflate = false) {
  std::string all;
  for (const Piece& piece : pieces) all += piece.payload;
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    if (all.empty()) {
      CHECK(said_of(from, pieces, has_deflate, test::whole(all)) == expected);
      continue;
    }
    test::at_every_split(all, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(said_of(from, pieces, has_deflate, split) == expected);
    });
  }
}

TEST_CASE("text is judged as a whole, over its fragments (RFC 6455 section 5.6)") {
  check({{0x01, "\xE2"}, {0x00, ""}, {0x80, "\x82\xAC"}}, "text of 3 in 3; ");
  check({{0x81, ""}}, "text of 0 in 1; ");
  check({{0x82, "\xFF\xFE"}}, "binary of 2 in 1; ");
  check({{0x01, "ab"}, {0x80, "c\xFF"}}, "TX-01 at 1 (at byte 3 of the message); text of 4 in 2; ");
  check({{0x81, "a\xC3"}}, "TX-01 at 2 (the message ends inside a character); text of 2 in 1; ");
  // A fault of one message is none of the next.
  check({{0x81, "\xFF\xFF"}, {0x81, "ok"}},
        "TX-01 at 0 (at byte 0 of the message); text of 2 in 1; text of 2 in 1; ");
}

TEST_CASE("a byte order mark counts at the start of a text only") {
  check({{0x81, "\xEF\xBB\xBFx"}}, "TX-03; text of 4 in 1; ");
  check({{0x01, "\xEF"}, {0x80, "\xBB\xBF"}}, "TX-03; text of 3 in 2; ");
  check({{0x81, "x\xEF\xBB\xBF"}}, "text of 4 in 1; ");
  check({{0x82, "\xEF\xBB\xBF"}}, "binary of 3 in 1; ");
}

TEST_CASE("compressed text is judged as it inflates (RFC 7692 section 7.2.3)") {
  const std::string hello = test::hex("f2 48 cd c9 c9 07 00");
  check({{0xC1, hello}, {0xC1, test::hex("f2 00 11 00 00")}}, "text of 7 in 1; text of 5 in 1; ",
        true);
  check({{0x41, hello.substr(0, 3)}, {0x80, hello.substr(3)}}, "text of 7 in 2; ", true);
  // ff ff in a stored block.
  check({{0xC1, test::hex("00 02 00 fd ff ff ff 00")}},
        "TX-01 (at byte 0 of the inflated message); text of 8 in 1; ", true);
  check({{0xC2, test::hex("00 02 00 fd ff ff ff 00")}}, "binary of 8 in 1; ", true);
  // c3 alone.
  check({{0xC1, test::hex("00 01 00 fe ff c3 00")}},
        "TX-01 (the message ends inside a character); text of 7 in 1; ", true);
}

TEST_CASE("what does not inflate is said once, and what it inflated to is not judged further") {
  check({{0xC1, test::hex("06 07 08")}}, "PD-08; text of 3 in 1; ", true);
  check({{0xC1, test::hex("f2 48 cd")}}, "PD-08; text of 3 in 1; ", true);
  check({{0xC1, test::hex("f2 00 11 00 00")}},
        "PD-10 (it refers to bytes that did not pass here, or may not be referred to); "
        "text of 5 in 1; ",
        true);
  check({{0xC2, test::hex("1f 8b 08 00 00 00 00 00 00 03")}},
        "PD-08 (it begins as a gzip stream); binary of 10 in 1; ", true);
}

TEST_CASE("a message inside a message takes its place, and its context is not known any more") {
  check({{0x41, test::hex("f2 48 cd")}, {0xC1, test::hex("f2 48 cd c9 c9 07 00")}},
        "text of 7 in 1; ", true);
}

TEST_CASE("nothing is judged where an unknown extension may have changed the payload") {
  MessageTracker tracker;
  tracker.ignore_payloads();
  std::vector<MessageFault> faults;
  tracker.begin_frame(test::header_of(Endpoint::server, Opcode::text, 2));
  tracker.take({.bytes = as_bytes("\xFF\xFF"), .offset = 0, .masking_key = {}}, faults);
  CHECK(tracker.end_frame(2, faults));
  CHECK(faults.empty());
}

TEST_CASE("the first bytes of a text are told in the clear, at every split") {
  struct Row {
    std::string_view name;
    std::vector<Piece> pieces;
    std::string start;
    std::optional<std::uint64_t> inflated;
  };
  const std::string longer(300, 'b');
  // RFC 7692 section 7.2.3.1: "Hello", compressed.
  const std::string hello = test::hex("f2 48 cd c9 c9 07 00");
  const std::vector<Row> rows{
      {"a text", {{0x81, "Hello"}}, "Hello", std::nullopt},
      {"in fragments", {{0x01, "Hel"}, {0x00, ""}, {0x80, "lo"}}, "Hello", std::nullopt},
      {"a long one", {{0x01, "a"}, {0x80, longer}}, "a" + longer.substr(0, 255), std::nullopt},
      {"a compressed one", {{0xc1, hello}}, "Hello", 5},
      {"a compressed one in fragments",
       {{0x41, hello.substr(0, 3)}, {0x80, hello.substr(3)}},
       "Hello",
       5},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (const Endpoint from : kEndpoints) {
      CAPTURE(name(from));
      for (const std::size_t size :
           {std::size_t{1}, std::size_t{2}, std::size_t{7}, longer.size()}) {
        CAPTURE(size);
        InflatePool pool{InflateLimits{}};
        MessageTracker tracker;
        tracker.begin_deflate(pool, {});
        ContentStart start;
        std::vector<MessageFault> faults;
        for (const Piece& piece : row.pieces) {
          FrameHeader header =
              test::header_of(from, static_cast<Opcode>(piece.first_byte & 15),
                              piece.payload.size(), (piece.first_byte & 0x80) != 0);
          header.rsv = static_cast<std::uint8_t>(piece.first_byte >> 4 & 7);
          const std::string wire = test::frame(header, piece.payload).substr(header.header_length);
          tracker.begin_frame(header);
          std::uint64_t at = 0;
          for (const std::string_view part : test::in_parts_of(wire, size).parts) {
            tracker.take({.bytes = as_bytes(part), .offset = at, .masking_key = header.masking_key},
                         faults, &start);
            at += part.size();
          }
          tracker.end_frame(wire.size(), faults, &start);
        }
        CHECK(as_text(start.view()) == row.start);
        CHECK(tracker.inflated() == row.inflated);
        CHECK(tracker.is_good_text());
        CHECK(faults.empty());
      }
    }
  }
}

TEST_CASE("what was compressed is counted") {
  InflatePool pool{InflateLimits{}};
  MessageTracker tracker;
  CHECK(tracker.compression() == nullptr);
  tracker.begin_deflate(pool, {});
  const auto send = [&](std::uint8_t rsv, std::string_view payload) {
    FrameHeader header = test::header_of(Endpoint::server, Opcode::text, payload.size());
    header.rsv = rsv;
    std::vector<MessageFault> faults;
    tracker.begin_frame(header);
    tracker.take({.bytes = as_bytes(payload), .offset = 0, .masking_key = {}}, faults);
    tracker.end_frame(payload.size(), faults);
  };
  send(0, "plain");
  send(kRsv1, test::hex("f2 48 cd c9 c9 07 00"));
  CHECK(*tracker.compression() == CompressionCounts{.messages = 1, .inflated = 5});
  send(kRsv1, test::hex("06"));
  send(kRsv1, test::hex("f2 48 cd c9 c9 07 00"));
  CHECK(*tracker.compression() ==
        CompressionCounts{.messages = 3, .inflated = 5, .not_inflated = 1});
  tracker.lose_track();
  CHECK_FALSE(tracker.is_open());
}

}  // namespace
}  // namespace lastframe::ws
