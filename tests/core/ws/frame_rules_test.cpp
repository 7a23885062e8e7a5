#include "core/ws/frame_rules.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/ws/rule_table.h"
#include "support/frames.h"
#include "support/header_law.h"

namespace lastframe::ws {
namespace {

// The ids of the broken rules, in the order of the table.
std::string ids(const RuleSet& broken) {
  std::string text;
  for (const RuleRow& row : kRules) {
    if (broken.has(row.rule)) text.append(text.empty() ? "" : " ").append(row.id);
  }
  return text;
}

TEST_CASE("each frame rule is found where it is broken, for both senders") {
  struct Row {
    std::string_view name;
    std::uint8_t first_byte;
    std::uint64_t length;
    bool is_in_message;
    std::string_view ids;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"5.2: a text frame", 0x81, 5, false, ""},
      {"5.2: a binary frame", 0x82, 1 << 20, false, ""},
      {"5.4: a first fragment", 0x01, 5, false, ""},
      {"5.4: a middle fragment", 0x00, 5, true, ""},
      {"5.4: a last fragment", 0x80, 5, true, ""},
      {"5.4: a ping between fragments", 0x89, 5, true, ""},
      {"5.5: a control frame of 125 bytes", 0x8A, 125, false, ""},
      {"5.2: RSV1", 0xC1, 5, false, "FR-03"},
      {"5.2: RSV2", 0xA1, 5, false, "FR-03"},
      {"5.2: RSV3", 0x91, 5, false, "FR-03"},
      {"5.2: opcode 3", 0x83, 5, false, "FR-04"},
      {"5.2: opcode 11", 0x8B, 5, false, "FR-04"},
      {"5.2: length with its top bit set", 0x82, 1ull << 63, false, "FR-06"},
      {"5.5: a control frame of 126 bytes", 0x89, 126, false, "FR-08"},
      {"5.5: a fragmented ping", 0x09, 5, false, "FR-09"},
      {"5.5: a fragmented, long Close with RSV1", 0x48, 126, false, "FR-03 FR-08 FR-09"},
      {"5.5: reserved control opcodes obey the rules of control frames", 0x0B, 126, false,
       "FR-04 FR-08 FR-09"},
      {"5.4: a continuation of nothing", 0x80, 5, false, "FR-10"},
      {"5.4: a text inside a message", 0x81, 5, true, "FR-11"},
      {"5.4: a binary inside a message", 0x02, 5, true, "FR-11"},
  });
  for (const Endpoint endpoint : kEndpoints) {
    for (const Row& row : kRows) {
      CAPTURE(name(endpoint));
      CAPTURE(row.name);
      FrameHeader header = test::header_of(endpoint, static_cast<Opcode>(row.first_byte & 0x0F),
                                           row.length, (row.first_byte & 0x80) != 0);
      header.rsv = static_cast<std::uint8_t>(row.first_byte >> 4 & 7);
      const FrameContext context{.sender = endpoint, .is_in_message = row.is_in_message};
      CHECK(ids(broken_rules(header, context)) == row.ids);
    }
  }
}

TEST_CASE("masking is the client's duty and forbidden to the server (RFC 6455 section 5.1)") {
  const FrameHeader masked = test::header_of(Endpoint::client, Opcode::text, 5);
  const FrameHeader unmasked = test::header_of(Endpoint::server, Opcode::text, 5);
  CHECK(ids(broken_rules(masked, {.sender = Endpoint::client})).empty());
  CHECK(ids(broken_rules(unmasked, {.sender = Endpoint::client})) == "FR-01");
  CHECK(ids(broken_rules(masked, {.sender = Endpoint::server})) == "FR-02");
  CHECK(ids(broken_rules(unmasked, {.sender = Endpoint::server})).empty());
}

TEST_CASE("a length in more bytes than it needs is found, masked or not (RFC 6455 section 5.2)") {
  for (const Endpoint endpoint : kEndpoints) {
    for (const std::uint64_t length : {0ull, 125ull, 126ull, 0xFFFFull, 0x10000ull}) {
      for (const int length_bytes : {2, 8}) {
        CAPTURE(name(endpoint));
        CAPTURE(length);
        CAPTURE(length_bytes);
        FrameHeader header = test::header_of(endpoint, Opcode::binary, length);
        header.header_length =
            static_cast<std::uint8_t>(2 + length_bytes + (header.masking_key ? 4 : 0));
        if (length_bytes == 2 && length > 0xFFFF) continue;  // cannot stand in two bytes
        const bool is_minimal = length_bytes == 2 ? length > 125 : length > 0xFFFF;
        CHECK(ids(broken_rules(header, {.sender = endpoint})) == (is_minimal ? "" : "FR-05"));
      }
    }
  }
}

// RFC 7692 section 6.1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control
// frames and non-first fragments of a data message."
TEST_CASE("with permessage-deflate RSV1 is for the first frame of a data message only") {
  struct Row {
    std::string_view name;
    unsigned opcode;
    std::uint8_t rsv;
    bool is_in_message;
    std::string_view ids;
    bool ends_trust;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"a compressed text", 0x1, kRsv1, false, "", false},
      {"a compressed binary", 0x2, kRsv1, false, "", false},
      {"a text that is not compressed", 0x1, 0, false, "", false},
      {"a continuation", 0x0, 0, true, "", false},
      {"a continuation that is marked", 0x0, kRsv1, true, "FR-03 PD-06", false},
      {"a continuation of nothing that is marked", 0x0, kRsv1, false, "FR-03 FR-10 PD-06", false},
      {"a Close that is marked", 0x8, kRsv1, false, "FR-03 PD-06", false},
      {"a ping that is marked", 0x9, kRsv1, false, "FR-03 PD-06", false},
      {"a pong that is marked, between fragments", 0xA, kRsv1, true, "FR-03 PD-06", false},
      {"a compressed text inside a message", 0x1, kRsv1, true, "FR-11", false},
      {"RSV2", 0x1, kRsv2, false, "FR-03", true},
      {"RSV1 where it may be, and RSV3", 0x1, kRsv1 | kRsv3, false, "FR-03", true},
      {"RSV1 where it may not be, and RSV2", 0x9, kRsv1 | kRsv2, false, "FR-03 PD-06", true},
      {"a reserved data opcode", 0x3, kRsv1, false, "FR-03 FR-04", true},
      {"a reserved control opcode", 0xB, kRsv1, false, "FR-03 FR-04 PD-06", true},
  });
  for (const Endpoint endpoint : kEndpoints) {
    for (const Row& row : kRows) {
      CAPTURE(name(endpoint));
      CAPTURE(row.name);
      FrameHeader header = test::header_of(endpoint, static_cast<Opcode>(row.opcode), 5);
      header.rsv = row.rsv;
      const FrameContext context{
          .sender = endpoint, .is_in_message = row.is_in_message, .has_deflate = true};
      CHECK(ids(broken_rules(header, context)) == row.ids);
      CHECK(ends_trust(broken_rules(header, context), header, context) == row.ends_trust);
    }
  }
}

TEST_CASE("a misplaced RSV1 with another fault beside it is no compressor's mistake") {
  struct Row {
    std::string_view name;
    FrameHeader header;
  };
  for (const Endpoint endpoint : kEndpoints) {
    FrameHeader wide = test::header_of(endpoint, Opcode::ping, 5);
    wide.header_length = static_cast<std::uint8_t>(wide.header_length + 2);
    const auto rows = std::to_array<Row>({
        {"the letters HT: a fragmented Close", test::header_of(endpoint, Opcode::close, 84, false)},
        {"too long", test::header_of(endpoint, Opcode::ping, 126)},
        {"masked as the other side does", test::header_of(other(endpoint), Opcode::ping, 5)},
        {"a length in more bytes than it needs", wide},
    });
    for (Row row : rows) {
      CAPTURE(name(endpoint));
      CAPTURE(row.name);
      row.header.rsv = kRsv1;
      const FrameContext context{.sender = endpoint, .has_deflate = true};
      CHECK(ends_trust(broken_rules(row.header, context), row.header, context));
    }
  }
}

TEST_CASE("with an unknown extension reserved bits and opcodes may mean anything") {
  for (const Endpoint endpoint : kEndpoints) {
    for (unsigned bits = 0; bits < 256; ++bits) {
      const unsigned opcode = bits & 0x0F;
      CAPTURE(opcode);
      CAPTURE(bits);
      FrameHeader header = test::header_of(endpoint, static_cast<Opcode>(opcode), 5);
      header.rsv = static_cast<std::uint8_t>(bits >> 4 & 7);
      const FrameContext context{.sender = endpoint,
                                 .is_in_message = opcode == 0,
                                 .has_deflate = bits >> 7 != 0,
                                 .has_unknown_extension = true};
      CHECK(ids(broken_rules(header, context)) == "");
      CHECK_FALSE(ends_trust(broken_rules(header, context), header, context));
    }
  }
}

// The rules about the order of messages, which is_ordinary() leaves to judge.
bool is_about_order(Rule rule) {
  return rule == Rule::continuation_without_message || rule == Rule::message_inside_message;
}

std::string text_of(const test::HeaderBytes& bytes, const test::HeaderState& state) {
  return std::to_string(bytes.first) + " " + std::to_string(bytes.second) + ", length " +
         std::to_string(bytes.length()) + ", of the " + std::string(name(state.sender)) +
         (state.is_in_message ? ", in a message" : "") +
         (state.has_deflate ? ", with deflate" : "");
}

// A CHECK for each of millions would be slow: what differs is said, the rest is silent.
void check_header(const test::HeaderBytes& bytes, const test::HeaderState& state) {
  const std::string wire = bytes.bytes();
  const FrameHeader header = decode_frame_header(as_bytes(wire).data());
  const FrameContext context{.sender = state.sender,
                             .is_in_message = state.is_in_message,
                             .has_deflate = state.has_deflate};
  const RuleSet expected = test::broken_by_law(bytes, state);
  const RuleSet broken = broken_rules(header, context);
  if (broken != expected) {
    FAIL_CHECK(text_of(bytes, state), ": ", ids(broken), " instead of ", ids(expected));
  }
  if (ends_trust(broken_rules(header, context), header, context) !=
      test::trust_ends_behind(bytes, state)) {
    FAIL_CHECK(text_of(bytes, state), ": trust, with ", ids(expected));
  }
  // The short way that spares nearly every frame the table must never hide a broken rule, and is
  // open to every frame that breaks none.
  bool breaks_more_than_order = false;
  for (const Rule rule : test::kLawOfHeaders) {
    if (expected.has(rule) && !is_about_order(rule)) breaks_more_than_order = true;
  }
  if (is_ordinary(header, context) == breaks_more_than_order) {
    FAIL_CHECK(text_of(bytes, state), ": ordinary in its context, with ", ids(expected));
  }
  const bool is_marked = header.rsv != 0 && !breaks_more_than_order;  // compressed
  if (is_ordinary(header, state.sender) == (breaks_more_than_order || is_marked)) {
    FAIL_CHECK(text_of(bytes, state), ": ordinary, with ", ids(expected));
  }
}

TEST_CASE("all 65,536 headers of two bytes are judged as the RFCs say, in every state") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    for (const test::HeaderBytes& bytes : test::headers_that_begin_with(bits)) {
      for (const test::HeaderState& state : test::all_header_states()) check_header(bytes, state);
    }
  }
}

TEST_CASE("every length of 16 bits is judged as RFC 6455 says, with each opcode") {
  for (const Endpoint sender : kEndpoints) {
    const unsigned second = sender == Endpoint::client ? 0xFE : 0x7E;
    for (unsigned opcode = 0; opcode < 16; ++opcode) {
      for (std::uint64_t length = 0; length <= 0xFFFF; ++length) {
        check_header({.first = 0x80 | opcode, .second = second, .extended_length = length},
                     {.sender = sender, .is_in_message = opcode == 0, .has_deflate = false});
      }
    }
  }
}

TEST_CASE("lengths of 64 bits around each power of two are judged as RFC 6455 says") {
  for (const Endpoint sender : kEndpoints) {
    const unsigned second = sender == Endpoint::client ? 0xFF : 0x7F;
    for (unsigned opcode = 0; opcode < 16; ++opcode) {
      for (unsigned power = 0; power < 64; ++power) {
        for (const std::uint64_t offset : {~std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{1}}) {
          check_header({.first = 0x80 | opcode,
                        .second = second,
                        .extended_length = (std::uint64_t{1} << power) + offset},
                       {.sender = sender, .is_in_message = opcode == 0, .has_deflate = false});
        }
      }
    }
  }
}

TEST_CASE("a set of rules holds what was added and nothing else") {
  RuleSet set;
  CHECK(set.is_empty());
  set.add(Rule::close_code_unassigned);
  CHECK_FALSE(set.is_empty());
  for (const RuleRow& row : kRules) CHECK(set.has(row.rule) == (row.id == "CL-04"));
}

}  // namespace
}  // namespace lastframe::ws
