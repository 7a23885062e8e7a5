#include "output/record_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "support/sample_report.h"

namespace lastframe::output {
namespace {

// Everything that could break a line, a terminal or the reading order, and bytes that are no UTF-8.
const std::string kHostile =
    "a\r\nb\x1b[31m\x07\x7f\xC2\x9B"
    "2J\xE2\x80\xAE\xE2\x80\xA8\xff" +
    std::string(1, '\0');

session::SessionReport hostile_report() {
  using session::Text;
  session::SessionReport report = bare_report();
  report.listener = kHostile;
  for (const Text text : {Text::client, Text::server, Text::host, Text::path, Text::user_agent,
                          Text::subprotocol, Text::origin}) {
    report.texts.set(text, kHostile);
  }
  report.close_frames = {close_seen(1000, kHostile), close_seen(4001, kHostile)};
  report.connect_error = kHostile;
  return report;
}

bool is_harmless(std::string_view line) {
  const auto acts = [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
  };
  const std::array<std::string_view, 4> sequences{"\xC2\x9B", "\xE2\x80\xAE", "\xE2\x80\xA8",
                                                  "\xff"};
  return std::ranges::none_of(line, acts) &&
         std::ranges::none_of(sequences, [&](auto each) { return line.contains(each); });
}

TEST_CASE("nothing from the wire breaks the line or the terminal, whatever the ending") {
  for (unsigned ending = 0; ending <= static_cast<unsigned>(session::Ending::fin_without_close);
       ++ending) {
    session::SessionReport report = hostile_report();
    report.ending = static_cast<session::Ending>(ending);
    CHECK(is_harmless(record_text(report, Colour::off)));
    report.close_frames = {};
    CHECK(is_harmless(record_text(report, Colour::off)));
    CHECK(is_harmless(start_text(report, Colour::off)));
  }
}

TEST_CASE("a record's line says code, ending, who, how much and where") {
  const std::string line = record_text(full_report(), Colour::off);
  for (const std::string_view part :
       {"19:01:01.234", "1000 Normal Closure", "closing_handshake", "client sent Close 1000",
        "server answered with Close 1000", "after 61.2 s", "8 messages up", "0 down",
        "client says \"bye\"", "FR-01 client_frame_unmasked", "and 4 more", "chat /chat",
        "203.0.113.9:50122"}) {
    CAPTURE(part);
    CHECK(line.contains(part));
  }
}

TEST_CASE("colours are there when asked for, and change nothing else") {
  session::SessionReport report = full_report();
  const std::string plain = record_text(report, Colour::off);
  std::string coloured = record_text(report, Colour::on);
  CHECK(coloured.contains("\x1b["));
  while (coloured.contains('\x1b')) {
    const std::size_t begin = coloured.find('\x1b');
    coloured.erase(begin, coloured.find('m', begin) - begin + 1);
  }
  CHECK(coloured == plain);
}

TEST_CASE("durations are told in the unit that fits") {
  struct Row {
    std::chrono::microseconds duration;
    std::string_view text;
  };
  using namespace std::chrono_literals;
  for (const Row& row : {Row{12ms, "after 12 ms"}, Row{1500ms, "after 1.5 s"},
                         Row{10min, "after 10 min"}, Row{5h, "after 5.0 h"}}) {
    session::SessionReport report = full_report();
    report.ended = report.accepted + row.duration;
    CHECK(record_text(report, Colour::off).contains(row.text));
  }
}

TEST_CASE("lines of the talkative levels are one line each") {
  const session::SessionLabel label{.id = 0xAB,
                                    .attempt = 1,
                                    .listener = "chat",
                                    .upstream = "chat-a",
                                    .client = "c",
                                    .accepted_wall = kAcceptedWall,
                                    .accepted = kAccepted};
  const std::string frame = frame_text(label, kAccepted,
                                       {.direction = Direction::server_to_client,
                                        .header = {.fin = true,
                                                   .rsv = 4,
                                                   .opcode = ws::Opcode::ping,
                                                   .payload_length = 5,
                                                   .masking_key = {}},
                                        .frame = 3,
                                        .message = 0,
                                        .offset = 17},
                                       Colour::off);
  CHECK(frame == "19:00:00.000  00000000000000ab  down  frame 3  ping FIN RSV 100  5 bytes at 17");
  const std::string message = message_text(label, kAccepted,
                                           {.direction = Direction::client_to_server,
                                            .opcode = ws::Opcode::text,
                                            .is_compressed = true,
                                            .size = 9,
                                            .fragments = 2,
                                            .message = 4},
                                           Colour::off);
  CHECK(message ==
        "19:00:00.000  00000000000000ab  up    message 4  text compressed  9 bytes in 2 frames");
  const std::string violation =
      violation_text(label, kAccepted, full_report().violations.front(), Colour::off);
  CHECK(violation.contains("FR-01 client_frame_unmasked  client in frame 3 at offset 412"));
  CHECK(is_harmless(violation));
}

}  // namespace
}  // namespace lastframe::output
