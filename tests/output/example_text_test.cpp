#include "output/example_text.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "core/ws/rule_table.h"

namespace lastframe::output {
namespace {

std::string text_of(std::string_view lines, Colour colour = Colour::off) {
  return example_text({Setup::opened, "", lines}, colour);
}

TEST_CASE("the only frame is drawn byte by byte") {
  struct Row {
    std::string_view name;
    std::string_view lines;
    std::string_view text;
  };
  // The bits are those of RFC 6455 section 5.2, and the first two rows the examples of section 5.7.
  constexpr auto kRows = std::to_array<Row>({
      {"an unmasked text message", "server 81 05 48 65 6c 6c 6f\n",
       "  server 81 05 48 65 6c 6c 6f\n"
       "         |  |  `- payload \"Hello\"\n"
       "         |  `- MASK 0, length 5\n"
       "         `- FIN 1, RSV 000, opcode 1 text\n"},
      {"a masked text message, unmasked for the reader",
       "client 81 85 37 fa 21 3d 7f 9f 4d 51 58\n",
       "  client 81 85 37 fa 21 3d 7f 9f 4d 51 58\n"
       "         |  |  |           `- payload \"Hello\"\n"
       "         |  |  `- masking key\n"
       "         |  `- MASK 1, length 5\n"
       "         `- FIN 1, RSV 000, opcode 1 text\n"},
      {"no payload", "server 8a 00\n",
       "  server 8a 00\n"
       "         |  `- MASK 0, length 0\n"
       "         `- FIN 1, RSV 000, opcode 10 pong\n"},
      {"a length of 16 bits, payload in the next line",
       "server 82 7e 01 00\nserver repeat 256 \"x\"\n",
       "  server 82 7e 01 00\n"
       "         |  |  `- length 256\n"
       "         |  `- MASK 0, length in the next 2 bytes\n"
       "         `- FIN 1, RSV 000, opcode 2 binary\n"
       "  server repeat 256 \"x\"\n"},
      {"a length of 64 bits and a masking key",
       "client 02 ff 00 00 00 00 00 01 00 00 01 02 03 04\n",
       "  client 02 ff 00 00 00 00 00 01 00 00 01 02 03 04\n"
       "         |  |  |                       `- masking key\n"
       "         |  |  `- length 65536\n"
       "         |  `- MASK 1, length in the next 8 bytes\n"
       "         `- FIN 0, RSV 000, opcode 2 binary\n"},
      {"reserved bits and a reserved opcode", "server b3 00\n",
       "  server b3 00\n"
       "         |  `- MASK 0, length 0\n"
       "         `- FIN 1, RSV 011, opcode 3 reserved\n"},
      {"a payload that is cut off", "server 81 05 48 65\nserver fin\n",
       "  server 81 05 48 65\n"
       "         |  |  `- 2 of 5 bytes\n"
       "         |  `- MASK 0, length 5\n"
       "         `- FIN 1, RSV 000, opcode 1 text\n"
       "  server fin\n"},
      {"a masked Close with a reason", "client 88 85 37 fa 21 3d 34 12 43 44 52\n",
       "  client 88 85 37 fa 21 3d 34 12 43 44 52\n"
       "         |  |  |           `- code 1000 \"bye\"\n"
       "         |  |  `- masking key\n"
       "         |  `- MASK 1, length 5\n"
       "         `- FIN 1, RSV 000, opcode 8 close\n"},
      {"a Close with a reason that is no short text", "server 88 05 03 e8 e9 74 e9\n",
       "  server 88 05 03 e8 e9 74 e9\n"
       "         |  |  `- code 1000 and a reason\n"
       "         |  `- MASK 0, length 5\n"
       "         `- FIN 1, RSV 000, opcode 8 close\n"},
      {"a Close with a body of one byte", "server 88 01 03\n",
       "  server 88 01 03\n"
       "         |  |  `- half a code\n"
       "         |  `- MASK 0, length 1\n"
       "         `- FIN 1, RSV 000, opcode 8 close\n"},
      {"a payload that is no short text", "server 82 02 00 22\n",
       "  server 82 02 00 22\n"
       "         |  |  `- payload\n"
       "         |  `- MASK 0, length 2\n"
       "         `- FIN 1, RSV 000, opcode 2 binary\n"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(text_of(row.lines) == row.text);
  }
}

TEST_CASE("several frames have a line of words each, in either direction") {
  CHECK(text_of("server 01 03 48 65 6c\n"
                "client 8a 80 37 fa 21 3d\n"
                "server 80 02 6c 6f\n") ==
        "  server 01 03 48 65 6c\n"
        "         FIN 0, RSV 000, opcode 1 text, MASK 0, length 3, payload \"Hel\"\n"
        "  client 8a 80 37 fa 21 3d\n"
        "         FIN 1, RSV 000, opcode 10 pong, MASK 1, length 0\n"
        "  server 80 02 6c 6f\n"
        "         FIN 1, RSV 000, opcode 0 continuation, MASK 0, length 2, payload \"lo\"\n");
}

TEST_CASE("the same frame many times is told once") {
  CHECK(text_of("client repeat 8 \"\\x81\\x82\\x37\\xfa\\x21\\x3d\\x5f\\x93\"\n") ==
        "  client repeat 8 \"\\x81\\x82\\x37\\xfa\\x21\\x3d\\x5f\\x93\"\n"
        "         8 times: FIN 1, RSV 000, opcode 1 text, MASK 1, length 2, payload \"hi\"\n");
}

TEST_CASE("payload that goes on in other lines is not taken for a frame") {
  // Ten bytes: a line of text with its CR LF, quoted text, then hex; behind them a frame.
  CHECK(text_of("server 81 0a\n"
                "server | abc\n"
                "server \"\\r\\\"\\n\"\n"
                "server 81 00\n"
                "server 8a 00\n") ==
        "  server 81 0a\n"
        "         FIN 1, RSV 000, opcode 1 text, MASK 0, length 10\n"
        "  server | abc\n"
        "  server \"\\r\\\"\\n\"\n"
        "  server 81 00\n"
        "  server 8a 00\n"
        "         FIN 1, RSV 000, opcode 10 pong, MASK 0, length 0\n");
}

TEST_CASE("heads, ends and time have no label") {
  constexpr std::string_view kLines =
      "client upgrade\nclient | GET / HTTP/1.1\nclient |\nserver \"x\"\ntime +11s\nserver fin\n";
  CHECK(text_of(kLines) ==
        "  client upgrade\n  client | GET / HTTP/1.1\n  client |\n  server \"x\"\n  time +11s\n"
        "  server fin\n");
}

TEST_CASE("lines that are written wrongly are shown as they are") {
  for (const std::string_view line :
       {"", "client", "client ", "server 8", "server 88 0", "server 8g", "server 88  02",
        "server 81", "server 81 7e 00", "server \"", "server \"\\", "server \"\\x\"",
        "server repeat", "server repeat 2", "server repeat x \"y\"",
        "server repeat 99999999999999999999 \"x\"", "nobody 81 00"}) {
    CAPTURE(line);
    const std::string lines = std::string(line) + "\n";
    CHECK(text_of(lines) == "  " + lines);
  }
}

TEST_CASE("colours are around labels only, and change no letter") {
  CHECK(text_of("server 8a 00\n", Colour::on) ==
        "  server 8a 00\n"
        "         \x1b[2m|  `- MASK 0, length 0\x1b[0m\n"
        "         \x1b[2m`- FIN 1, RSV 000, opcode 10 pong\x1b[0m\n");
}

TEST_CASE("no label of the rules' examples is longer than a terminal's line") {
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    for (const Example& example : {example_of(row.rule).breach, example_of(row.rule).edge}) {
      const std::string text = example_text(example, Colour::off);
      for (const std::string_view line : split_lines(text)) {
        CAPTURE(line);
        const bool is_label = line.starts_with("         ");
        CHECK((line.size() <= 80 || !is_label));
      }
    }
  }
}

}  // namespace
}  // namespace lastframe::output
