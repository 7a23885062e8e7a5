#include "core/ws/frame.h"

#include <doctest/doctest.h>

#include <array>

namespace lastframe::ws {
namespace {

// RFC 6455 section 5.2: "in all cases, the minimal number of bytes MUST be used to encode the
// length, for example, the length of a 124-byte-long string can't be encoded as the sequence 126,
// 0, 124".
TEST_CASE("a length is minimal when no shorter form could hold it, masked or not") {
  struct Row {
    std::uint8_t length_bytes;
    std::uint64_t payload_length;
    bool is_minimal;
  };
  constexpr auto kRows = std::to_array<Row>({
      {0, 0, true},
      {0, 125, true},
      {2, 0, false},
      {2, 124, false},
      {2, 125, false},
      {2, 126, true},
      {2, 0xFFFF, true},
      {8, 0, false},
      {8, 126, false},
      {8, 0xFFFF, false},
      {8, 0x10000, true},
      {8, ~std::uint64_t{0}, true},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.length_bytes);
    CAPTURE(row.payload_length);
    FrameHeader header;
    header.payload_length = row.payload_length;
    header.header_length = static_cast<std::uint8_t>(2 + row.length_bytes);
    CHECK(has_minimal_length(header) == row.is_minimal);
    header.masking_key.emplace();
    header.header_length = static_cast<std::uint8_t>(header.header_length + 4);
    CHECK(has_minimal_length(header) == row.is_minimal);
  }
}

}  // namespace
}  // namespace lastframe::ws
