#include "core/ws/frame_words.h"

#include <doctest/doctest.h>

#include <array>
#include <string_view>

#include "core/base/bytes.h"
#include "support/frames.h"
#include "support/hex.h"

namespace lastframe::ws {
namespace {

TEST_CASE("a header's words say what its rule does not") {
  struct Row {
    Rule rule;
    FrameHeader header;
    std::string_view words;
  };
  FrameHeader rsv = test::header_of(Endpoint::client, Opcode::close, 2);
  rsv.rsv = kRsv1 | kRsv3;
  FrameHeader rsv2 = test::header_of(Endpoint::server, Opcode::text, 2);
  rsv2.rsv = kRsv2;
  FrameHeader wide = test::header_of(Endpoint::server, Opcode::text, 5);
  wide.header_length = 4;
  FrameHeader widest = test::header_of(Endpoint::client, Opcode::text, 65535);
  widest.header_length = 14;
  const auto rows = std::to_array<Row>({
      {Rule::reserved_bit_set, rsv, "RSV1, RSV3 on a frame with opcode 8"},
      {Rule::reserved_bit_set, rsv2, "RSV2 on a frame with opcode 1"},
      {Rule::reserved_opcode, test::header_of(Endpoint::client, Opcode{0xB}, 0), "opcode 11"},
      {Rule::length_not_minimal, wide, "5 in a 16-bit length"},
      {Rule::length_not_minimal, widest, "65535 in a 64-bit length"},
      {Rule::control_frame_too_long, test::header_of(Endpoint::server, Opcode::ping, 126),
       "126 bytes"},
      {Rule::message_inside_message, test::header_of(Endpoint::server, Opcode::binary, 1),
       "binary"},
      {Rule::client_frame_unmasked, test::header_of(Endpoint::server, Opcode::text, 1), ""},
  });
  for (const Row& row : rows) {
    CAPTURE(row.words);
    CHECK(fault_words(row.rule, row.header) == row.words);
  }
}

TEST_CASE("a header's bytes are those that it was read from, whatever its length says") {
  for (const std::string_view bytes :
       {"81 00", "01 7d", "f3 fe 00 05 01 02 03 04", "82 7f 00 00 00 00 00 01 00 00",
        "8a ff ff ff ff ff ff ff ff ff 37 fa 21 3d"}) {
    CAPTURE(bytes);
    const std::string wire = test::hex(bytes);
    CHECK(header_bytes(decode_frame_header(as_bytes(wire).data())) == wire);
  }
}

}  // namespace
}  // namespace lastframe::ws
