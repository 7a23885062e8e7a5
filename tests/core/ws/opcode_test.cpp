#include "core/ws/opcode.h"

#include <doctest/doctest.h>

#include <array>
#include <string_view>

namespace lastframe::ws {
namespace {

// RFC 6455 section 5.2: "%x0 denotes a continuation frame ... %xB-F are reserved for further
// control frames"; section 5.5 for what a control frame is.
struct Row {
  unsigned value;
  bool is_control;
  bool is_reserved;
  std::string_view name;
};

constexpr auto kRows = std::to_array<Row>({
    {0x0, false, false, "continuation"},
    {0x1, false, false, "text"},
    {0x2, false, false, "binary"},
    {0x3, false, true, "reserved_3"},
    {0x4, false, true, "reserved_4"},
    {0x5, false, true, "reserved_5"},
    {0x6, false, true, "reserved_6"},
    {0x7, false, true, "reserved_7"},
    {0x8, true, false, "close"},
    {0x9, true, false, "ping"},
    {0xA, true, false, "pong"},
    {0xB, true, true, "reserved_b"},
    {0xC, true, true, "reserved_c"},
    {0xD, true, true, "reserved_d"},
    {0xE, true, true, "reserved_e"},
    {0xF, true, true, "reserved_f"},
});

TEST_CASE("each of the sixteen opcodes is what RFC 6455 section 5.2 says") {
  static_assert(kRows.size() == 16);
  for (const Row& row : kRows) {
    CAPTURE(row.value);
    const auto opcode = static_cast<Opcode>(row.value);
    CHECK(is_control(opcode) == row.is_control);
    CHECK(is_reserved(opcode) == row.is_reserved);
    CHECK(name(opcode) == row.name);
  }
}

TEST_CASE("the names in the code stand for the RFC's numbers") {
  CHECK(Opcode::continuation == Opcode{0x0});
  CHECK(Opcode::text == Opcode{0x1});
  CHECK(Opcode::binary == Opcode{0x2});
  CHECK(Opcode::close == Opcode{0x8});
  CHECK(Opcode::ping == Opcode{0x9});
  CHECK(Opcode::pong == Opcode{0xA});
}

}  // namespace
}  // namespace lastframe::ws
