#include "core/ws/frame_rules.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/rule_table.h"
#include "support/frames.h"

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

// RFC 7692 section 6: RSV1 is "Per-Message Compressed" on the first frame of a message; it must not
// be set on the others, nor on control frames.
TEST_CASE("with permessage-deflate RSV1 is for the first frame of a data message only") {
  struct Row {
    unsigned opcode;
    std::uint8_t rsv;
    std::string_view ids;
  };
  constexpr auto kRows = std::to_array<Row>({
      {0x1, kRsv1, ""},
      {0x2, kRsv1, ""},
      {0x0, kRsv1, "FR-03 FR-10"},
      {0x8, kRsv1, "FR-03"},
      {0x9, kRsv1, "FR-03"},
      {0xA, kRsv1, "FR-03"},
      {0x1, kRsv2, "FR-03"},
      {0x1, kRsv1 | kRsv3, "FR-03"},
      {0x3, kRsv1, "FR-03 FR-04"},
  });
  for (const Endpoint endpoint : kEndpoints) {
    for (const Row& row : kRows) {
      CAPTURE(name(endpoint));
      CAPTURE(row.opcode);
      CAPTURE(static_cast<unsigned>(row.rsv));
      FrameHeader header = test::header_of(endpoint, static_cast<Opcode>(row.opcode), 5);
      header.rsv = row.rsv;
      CHECK(ids(broken_rules(header, {.sender = endpoint, .has_deflate = true})) == row.ids);
    }
  }
}

TEST_CASE("with an unknown extension reserved bits and opcodes may mean anything") {
  for (const Endpoint endpoint : kEndpoints) {
    for (unsigned opcode = 0; opcode < 16; ++opcode) {
      for (unsigned rsv = 0; rsv < 8; ++rsv) {
        CAPTURE(opcode);
        CAPTURE(rsv);
        FrameHeader header = test::header_of(endpoint, static_cast<Opcode>(opcode), 5);
        header.rsv = static_cast<std::uint8_t>(rsv);
        const RuleSet broken = broken_rules(
            header,
            {.sender = endpoint, .is_in_message = opcode == 0, .has_unknown_extension = true});
        CHECK(ids(broken) == "");
      }
    }
  }
}

// Both bytes of every header, with what the RFC says of each bit written out.
TEST_CASE("all 65,536 headers of two bytes are judged as the RFC says, for both senders") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const unsigned opcode = bits >> 8 & 0x0F;
    const bool fin = (bits & 0x8000) != 0;
    const bool is_masked = (bits & 0x80) != 0;
    const unsigned length = bits & 0x7F;
    FrameHeader header{.fin = fin,
                       .rsv = static_cast<std::uint8_t>(bits >> 12 & 7),
                       .opcode = static_cast<Opcode>(opcode),
                       .payload_length = length == 126   ? 300
                                         : length == 127 ? 70000
                                                         : length};
    header.header_length = static_cast<std::uint8_t>(length == 126 ? 4 : length == 127 ? 10 : 2);
    if (is_masked) {
      header.masking_key.emplace();
      header.header_length = static_cast<std::uint8_t>(header.header_length + 4);
    }
    for (const Endpoint endpoint : kEndpoints) {
      for (const bool is_in_message : {false, true}) {
        RuleSet expected;
        if (endpoint == Endpoint::client && !is_masked) expected.add(Rule::client_frame_unmasked);
        if (endpoint == Endpoint::server && is_masked) expected.add(Rule::server_frame_masked);
        if ((bits & 0x7000) != 0) expected.add(Rule::reserved_bit_set);
        if ((opcode >= 3 && opcode <= 7) || opcode >= 11) expected.add(Rule::reserved_opcode);
        if (opcode >= 8 && length > 125) expected.add(Rule::control_frame_too_long);
        if (opcode >= 8 && !fin) expected.add(Rule::control_frame_fragmented);
        if (opcode == 0 && !is_in_message) expected.add(Rule::continuation_without_message);
        if ((opcode == 1 || opcode == 2) && is_in_message) {
          expected.add(Rule::message_inside_message);
        }
        const RuleSet broken =
            broken_rules(header, {.sender = endpoint, .is_in_message = is_in_message});
        if (broken != expected) {
          FAIL_CHECK("header ", bits, ": ", ids(broken), " instead of ", ids(expected));
        }
        // The short way that spares nearly every frame the table must never hide a broken rule.
        RuleSet order_only;
        order_only.add(Rule::continuation_without_message);
        order_only.add(Rule::message_inside_message);
        if (is_ordinary(header, endpoint)) {
          for (const RuleRow& row : kRules) {
            if (broken.has(row.rule) && !order_only.has(row.rule)) {
              FAIL_CHECK("header ", bits, " is ordinary, but breaks ", row.id);
            }
          }
        } else if (broken.is_empty()) {
          FAIL_CHECK("header ", bits, " breaks nothing, but is not ordinary");
        }
      }
    }
  }
}

TEST_CASE("trust ends where what follows is probably no frame") {
  for (const RuleRow& row : kRules) {
    CAPTURE(row.id);
    const bool is_expected = row.id == "FR-03" || row.id == "FR-04" || row.id == "FR-06";
    CHECK(ends_trust(row.rule) == is_expected);
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
