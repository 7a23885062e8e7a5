#include "capture/tls_key_lines.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/splits.h"

using namespace lastframe;
using capture::KeyLineCutter;
using capture::read_key_line;
using capture::SecretLabel;

namespace {

const std::string kHexRandom(64, 'a');
const std::string kHexMaster(96, 'B');

}  // namespace

TEST_CASE("each label that is needed is read, with its sizes") {
  const std::pair<const char*, SecretLabel> rows[] = {
      {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SecretLabel::client_handshake},
      {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SecretLabel::server_handshake},
      {"CLIENT_TRAFFIC_SECRET_0", SecretLabel::client_traffic},
      {"SERVER_TRAFFIC_SECRET_0", SecretLabel::server_traffic}};
  for (const auto& [word, label] : rows) {
    for (const std::size_t size : {32, 48}) {
      const auto read = read_key_line(std::string(word) + " " + kHexRandom + " " +
                                      std::string(2 * size, '7') + "\r");
      REQUIRE(read.line);
      CHECK(read.line->label == label);
      CHECK(read.line->random[31] == std::byte{0xAA});
      CHECK(read.line->secret.view().size() == size);
      CHECK(read.line->secret.view().back() == std::byte{0x77});
    }
  }
  const auto read = read_key_line("CLIENT_RANDOM " + kHexRandom + " " + kHexMaster);
  REQUIRE(read.line);
  CHECK(read.line->label == SecretLabel::master);
  CHECK(read.line->secret.view().front() == std::byte{0xBB});
}

TEST_CASE("comments, empty lines and secrets of other kinds are passed over") {
  const std::string values = " " + kHexRandom + " " + std::string(64, '0');
  for (const std::string& line :
       {std::string(), std::string("# SSL/TLS secrets"), std::string("\r"),
        "EXPORTER_SECRET" + values, "EARLY_EXPORTER_SECRET" + values,
        "CLIENT_EARLY_TRAFFIC_SECRET" + values, "QUIC_CLIENT_TRAFFIC_SECRET_0" + values,
        "RSA 0123456789abcdef " + kHexMaster}) {
    CAPTURE(line);
    CHECK_FALSE(read_key_line(line).line);
    CHECK(read_key_line(line).mistake.empty());
  }
}

TEST_CASE("what can be no line of a key log is told as such") {
  for (const std::string& line :
       {std::string("hello"), "CLIENT_RANDOM " + kHexRandom, "CLIENT_RANDOM x " + kHexMaster,
        "CLIENT_RANDOM " + kHexRandom.substr(1) + " " + kHexMaster,
        "CLIENT_RANDOM " + kHexRandom.substr(2) + " " + kHexMaster,
        "CLIENT_RANDOM " + kHexRandom + " " + kHexMaster.substr(2),
        "CLIENT_RANDOM " + kHexRandom + " " + kHexMaster + " more",
        "SERVER_TRAFFIC_SECRET_0 " + kHexRandom + " 00", std::string("\x00\x01\x02 a b", 7),
        "CLIENT_RANDOM " + kHexRandom + " " + std::string(2000, '0')}) {
    CAPTURE(line);
    CHECK_FALSE(read_key_line(line).line);
    CHECK_FALSE(read_key_line(line).mistake.empty());
  }
}

TEST_CASE("lines are numbered, however they come") {
  const std::string text = "one\n\nthree\r\nfour";
  const std::vector<std::string> expected{"1 one", "2 ", "3 three\r", "4 four"};
  test::at_every_split(text, [&](const test::Split& split) {
    std::vector<std::string> seen;
    const auto take = [&](std::uint64_t number, std::string_view line) {
      seen.push_back(std::to_string(number) + " " + std::string(line));
    };
    KeyLineCutter cutter;
    test::feed_parts(split, [&](std::string_view part) { cutter.feed(as_bytes(part), take); });
    cutter.finish(take);
    CHECK(seen == expected);
  });
}

TEST_CASE("of a line without an end no more is kept than the longest can have") {
  KeyLineCutter cutter;
  std::size_t size = 0;
  const auto take = [&](std::uint64_t, std::string_view line) { size = line.size(); };
  const std::string noise(100'000, 'x');
  for (int i = 0; i < 100; ++i) cutter.feed(as_bytes(noise), take);
  CHECK(size == 0);
  cutter.finish(take);
  CHECK(size == KeyLineCutter::kLongest);
}
