#include "probe/instruction.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace lastframe;
using namespace lastframe::probe;

TEST_CASE("every instruction reads as it was written") {
  const std::vector<Instruction> all{
      Report{},
      Report{"00112233", true},
      SendClose{},
      SendClose{1000, ""},
      SendClose{4999, "caf\xc3\xa9 \"x\""},
      SendBytes{std::string("\x89\0", 2)},
      SendAtEnd{"abc"},
      Burst{1000, 16},
      PingAfter{std::chrono::milliseconds(1500)},
      EndNow{},
      ResetNow{},
  };
  for (const Instruction& instruction : all) {
    const std::string json = to_json(instruction);
    CAPTURE(json);
    CHECK(json.starts_with(kInstructionOpening));
    const auto read = parse_instruction(json);
    REQUIRE(read.has_value());
    CHECK(*read == instruction);
  }
}

TEST_CASE("what is no instruction says why") {
  for (const std::string& json :
       {std::string(),
        std::string("{"),
        std::string("[]"),
        std::string("null"),
        std::string(R"({"do":7})"),
        std::string(R"({"do":"dance"})"),
        std::string(R"({"do":"send"})"),
        std::string(R"({"do":"send","hex":"8"})"),
        std::string(R"({"do":"send","hex":"zz"})"),
        std::string(R"({"do":"on_fin","hex":1})"),
        std::string(R"({"do":"close","code":65536})"),
        std::string(R"({"do":"close","code":1.5})"),
        std::string(R"({"do":"close","code":"x"})"),
        R"({"do":"close","code":1000,"reason":")" + std::string(124, 'x') + "\"}",
        std::string(R"({"do":"burst","count":1000})"),
        std::string(R"({"do":"burst","count":1e9,"size":1})"),
        std::string(R"({"do":"silence"})"),
        std::string(R"({"do":"silence","seconds":-1})"),
        std::string(R"({"do":"silence","seconds":1e300})"),
        std::string(100'000, '['),
        std::string(60'000, '[')}) {
    CAPTURE(json.substr(0, 40));
    const auto read = parse_instruction(json);
    REQUIRE_FALSE(read.has_value());
    CHECK_FALSE(read.error().what.empty());
  }
}

TEST_CASE("hexadecimal digits are read in both cases, and nothing else is") {
  CHECK(from_hex("00fFA9") == std::string("\0\xff\xa9", 3));
  CHECK(from_hex("") == "");
  CHECK_FALSE(from_hex("0").has_value());
  CHECK_FALSE(from_hex("0g").has_value());
  CHECK_FALSE(from_hex(" 0").has_value());
}
