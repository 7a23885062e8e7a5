#include "tools/raw_frame.h"

#include <doctest/doctest.h>

#include <string>

#include "core/ws/frame.h"

using namespace lastframe;
using namespace lastframe::tools;
using ws::Opcode;

namespace {

std::string hex(const std::string& bytes, std::size_t most = 64) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

TEST_CASE("the examples of RFC 6455 section 5.7") {
  CHECK(hex(wire_bytes({.payload = "Hello"}, Endpoint::server)) == "81 05 48 65 6c 6c 6f");
  CHECK(hex(wire_bytes({.payload = "Hello"}, Endpoint::client)) ==
        "81 85 37 fa 21 3d 7f 9f 4d 51 58");
  CHECK(hex(wire_bytes({.payload = "Hel", .fin = false}, Endpoint::server)) == "01 03 48 65 6c");
  CHECK(hex(wire_bytes({.opcode = Opcode::continuation, .payload = "lo"}, Endpoint::server)) ==
        "80 02 6c 6f");
  CHECK(hex(wire_bytes({.opcode = Opcode::ping, .payload = "Hello"}, Endpoint::server)) ==
        "89 05 48 65 6c 6c 6f");
  const FrameDraft of_256{.opcode = Opcode::binary, .payload = std::string(256, '\0')};
  CHECK(hex(wire_bytes(of_256, Endpoint::server), 4) == "82 7e 01 00");
  const FrameDraft of_64_kib{.opcode = Opcode::binary, .payload = std::string(65536, '\0')};
  CHECK(hex(wire_bytes(of_64_kib, Endpoint::server), 10) == "82 7f 00 00 00 00 00 01 00 00");
}

TEST_CASE("what is asked for is written, legal or not") {
  const FrameDraft wrong{.payload = "Hello", .masking = Masking::wrong};
  CHECK(hex(wire_bytes(wrong, Endpoint::client)) == "81 05 48 65 6c 6c 6f");
  CHECK(hex(wire_bytes(wrong, Endpoint::server)) == "81 85 37 fa 21 3d 7f 9f 4d 51 58");
  CHECK(hex(wire_bytes({.payload = "x", .rsv = ws::kRsv1}, Endpoint::server)) == "c1 01 78");
  CHECK(hex(wire_bytes({.opcode = Opcode{11}, .payload = "x"}, Endpoint::server)) == "8b 01 78");
  CHECK(hex(wire_bytes({.payload = "x", .stated_length = 100}, Endpoint::server)) == "81 64 78");
  CHECK(hex(wire_bytes({.payload = "x", .has_long_length = true}, Endpoint::server)) ==
        "81 7f 00 00 00 00 00 00 00 01 78");
  const FrameDraft long_ping{.opcode = Opcode::ping, .payload = std::string(126, 'p')};
  CHECK(hex(wire_bytes(long_ping, Endpoint::server), 4) == "89 7e 00 7e");
}

TEST_CASE("a close body is the code in network byte order, then the reason") {
  CHECK(hex(close_payload(1000, "")) == "03 e8");
  CHECK(hex(close_payload(4401, "no")) == "11 31 6e 6f");
}
