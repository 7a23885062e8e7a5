#include "core/verdict/sentences.h"

#include <doctest/doctest.h>

#include <string>

using namespace lastframe;

TEST_CASE("times are said in the unit that a reader would choose") {
  struct Row {
    double seconds;
    const char* text;
  };
  constexpr Row kRows[] = {{0, "0 ms"},        {0.42, "420 ms"},     {0.9994, "999 ms"},
                           {0.9996, "1.0 s"},  {60, "60.0 s"},       {999.94, "999.9 s"},
                           {1000, "16.7 min"}, {3678, "61.3 min"},   {7200, "2.0 h"},
                           {86'400, "24.0 h"}, {172'800, "2.0 days"}};
  for (const Row& row : kRows) CHECK(verdict::time_text(row.seconds) == row.text);
  CHECK(verdict::time_text(std::chrono::milliseconds(1500)) == "1.5 s");
}

TEST_CASE("sizes are exact, and large ones also rounded") {
  CHECK(verdict::size_text(1) == "1 byte");
  CHECK(verdict::size_text(10'239) == "10239 bytes");
  CHECK(verdict::size_text(65'536) == "65536 bytes (64.0 KiB)");
  CHECK(verdict::size_text(1'048'577) == "1048577 bytes (1.0 MiB)");
  CHECK(verdict::size_text(std::uint64_t{3} << 30) == "3221225472 bytes (3.0 GiB)");
}

TEST_CASE("the sides' names are filled in from who closed") {
  const std::string text = "The {closer} left the {other} {alone}.";
  CHECK(verdict::filled_in(text, Endpoint::client) == "The client left the server {alone}.");
  CHECK(verdict::filled_in(text, Endpoint::server) == "The server left the client {alone}.");
  CHECK(verdict::filled_in("explain {rule}", std::nullopt, "FR-01") == "explain FR-01");
  CHECK(verdict::filled_in("explain {rule}", std::nullopt) == "explain RULE");
  CHECK(verdict::filled_in(text, std::nullopt) == "The one side left the other side {alone}.");
}

TEST_CASE("a broken rule is named with its frame, its byte and what was seen") {
  ws::Violation violation{.rule = ws::Rule::reserved_opcode,
                          .side = Endpoint::client,
                          .frame = 3,
                          .offset = 412,
                          .detail = "opcode 3",
                          .bytes = "\x83\x05"};
  CHECK(verdict::place_text(violation) == "Frame 3 from the client, byte 412 of that direction");
  CHECK(verdict::breach_text(violation) ==
        "Frame 3 from the client, byte 412 of that direction, broke FR-04 (reserved_opcode): "
        "opcode 3; its header is 83 05.");
  violation.side = Endpoint::server;
  violation.detail = violation.bytes = "";
  CHECK(verdict::breach_text(violation) ==
        "Frame 3 from the server, byte 412 of that direction, broke FR-04 (reserved_opcode).");
}
