#include "core/tls/message_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/splits.h"

namespace lastframe::tls {
namespace {

std::string message(unsigned type, const std::string& body) {
  std::string bytes(1, static_cast<char>(type));
  for (const int shift : {16, 8, 0}) bytes += static_cast<char>(body.size() >> shift & 0xFF);
  return bytes + body;
}

std::vector<std::string> read(MessageReader& reader, std::string_view bytes) {
  std::vector<std::string> seen;
  ByteView input = as_bytes(bytes);
  while (const auto next = reader.next(input)) {
    seen.push_back(std::to_string(static_cast<unsigned>(next->type)) +
                   (next->is_whole ? " " + std::string(as_text(next->body)) : ""));
  }
  CHECK(input.empty());
  return seen;
}

TEST_CASE("messages come out of fragments however these are cut") {
  const std::string stream = message(1, "hello") + message(8, "") + message(11, "certificates") +
                             message(20, "finished") + message(24, "k") + message(2, "last");
  const std::vector<std::string> expected{"1 hello", "8 ", "11", "20", "24 k", "2 last"};
  test::at_every_split(stream, [&](const test::Split& split) {
    CAPTURE(split.name);
    MessageReader reader;
    std::vector<std::string> seen;
    test::feed_parts(split, [&](std::string_view part) {
      for (std::string& each : read(reader, part)) seen.push_back(std::move(each));
    });
    CHECK(seen == expected);
  });
}

TEST_CASE("of a message that is not read, or too long, only its end is told, and nothing is held") {
  for (const unsigned type : {1U, 11U}) {
    MessageReader reader;
    const std::string long_one = message(type, std::string(70'000, 'x'));
    CHECK(read(reader, std::string_view(long_one).substr(0, 69'000)).empty());
    CHECK(reader.held() < 1024);
    CHECK(read(reader, long_one.substr(69'000) + message(20, "f")) ==
          std::vector<std::string>{std::to_string(type), "20"});
  }
}

TEST_CASE("a length that is a lie holds no more than what came") {
  MessageReader reader;
  CHECK(read(reader, std::string("\x01\x00\xFF\xFF", 4) + "abc").empty());
  CHECK(reader.held() < 1024);
}

TEST_CASE("where bytes are lost nothing is told until it begins anew") {
  MessageReader reader;
  CHECK(read(reader, message(1, "hello").substr(0, 6)).empty());
  reader.lose();
  CHECK(read(reader, message(2, "x")).empty());
  reader.restart();
  CHECK(read(reader, message(2, "x")) == std::vector<std::string>{"2 x"});
}

}  // namespace
}  // namespace lastframe::tls
