#include "core/ws/frame_parser.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "support/frames.h"
#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

// What a parser made of a stream, without regard to how the payload was parted.
struct Reading {
  struct Frame {
    FrameHeader header;
    std::string payload;
    bool has_end = false;

    bool operator==(const Frame&) const = default;
  };
  std::vector<Frame> frames;
  bool is_mid_frame = false;
  std::size_t partial_header_size = 0;

  bool operator==(const Reading&) const = default;
};

class Reader {
 public:
  void feed(std::string_view part) {
    ByteView input = as_bytes(part);
    while (auto event = parser_.next(input)) {
      if (const auto* header = std::get_if<FrameHeader>(&*event)) {
        reading_.frames.push_back({.header = *header, .payload = {}, .has_end = false});
      } else if (const auto* payload = std::get_if<PayloadPart>(&*event)) {
        REQUIRE_FALSE(payload->bytes.empty());
        REQUIRE(payload->offset == reading_.frames.back().payload.size());
        reading_.frames.back().payload += as_text(payload->bytes);
      } else {
        reading_.frames.back().has_end = true;
      }
    }
    REQUIRE(input.empty());
  }

  Reading reading() {
    reading_.is_mid_frame = parser_.is_mid_frame();
    reading_.partial_header_size = parser_.partial_header_size();
    return reading_;
  }

 private:
  FrameParser parser_;
  Reading reading_;
};

Reading read(const test::Split& split) {
  Reader reader;
  test::feed_parts(split, [&](std::string_view part) { reader.feed(part); });
  return reader.reading();
}

MaskingKey key(std::string_view hex_text) {
  MaskingKey key;
  const std::string bytes = test::hex(hex_text);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(bytes[i]);
  return key;
}

TEST_CASE("the examples of RFC 6455 section 5.7 are read at every split") {
  struct Row {
    std::string_view name;
    std::string bytes;
    std::vector<Reading::Frame> frames;
  };
  const auto frame = [](FrameHeader header, std::string payload) {
    return Reading::Frame{.header = header, .payload = std::move(payload), .has_end = true};
  };
  const FrameHeader text{.fin = true, .opcode = Opcode::text, .payload_length = 5};
  const FrameHeader masked{.fin = true,
                           .opcode = Opcode::text,
                           .header_length = 6,
                           .payload_length = 5,
                           .masking_key = key("37 fa 21 3d")};
  const std::string long_256(256, 'b');
  const auto rows = std::to_array<Row>({
      {"a single-frame unmasked text message",
       test::hex("81 05 48 65 6c 6c 6f"),
       {frame(text, "Hello")}},
      {"a single-frame masked text message",
       test::hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"),
       {frame(masked, test::hex("7f 9f 4d 51 58"))}},
      {"a fragmented unmasked text message",
       test::hex("01 03 48 65 6c 80 02 6c 6f"),
       {frame({.opcode = Opcode::text, .payload_length = 3}, "Hel"),
        frame({.fin = true, .opcode = Opcode::continuation, .payload_length = 2}, "lo")}},
      {"unmasked ping, masked pong",
       test::hex("89 05 48 65 6c 6c 6f 8a 85 37 fa 21 3d 7f 9f 4d 51 58"),
       {frame({.fin = true, .opcode = Opcode::ping, .payload_length = 5}, "Hello"),
        frame({.fin = true,
               .opcode = Opcode::pong,
               .header_length = 6,
               .payload_length = 5,
               .masking_key = key("37 fa 21 3d")},
              test::hex("7f 9f 4d 51 58"))}},
      {"256 bytes in a single unmasked frame",
       test::hex("82 7e 01 00") + long_256,
       {frame({.fin = true, .opcode = Opcode::binary, .header_length = 4, .payload_length = 256},
              long_256)}},
      {"empty frames",
       test::hex("81 00 88 80 01 02 03 04"),
       {frame({.fin = true, .opcode = Opcode::text}, ""), frame({.fin = true,
                                                                 .opcode = Opcode::close,
                                                                 .header_length = 6,
                                                                 .masking_key = key("01 02 03 04")},
                                                                "")}},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Reading expected;
    expected.frames = row.frames;
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(read(split) == expected);
    });
  }
}

TEST_CASE("64 KiB in a single frame are read with a length of eight bytes") {
  const std::string payload(65536, 'c');
  const std::string bytes = test::hex("82 7f 00 00 00 00 00 01 00 00") + payload;
  for (const test::Split& split : {test::whole(bytes), test::in_parts_of(bytes, 1),
                                   test::in_parts_of(bytes, 4096), test::cut_at(bytes, 9)}) {
    CAPTURE(split.name);
    const Reading reading = read(split);
    REQUIRE(reading.frames.size() == 1);
    CHECK(reading.frames[0].header.header_length == 10);
    CHECK(reading.frames[0].header.payload_length == 65536);
    CHECK(reading.frames[0].payload == payload);
    CHECK(reading.frames[0].has_end);
  }
}

// RFC 6455 section 5.2, bit by bit: FIN 0x80, RSV 0x40 0x20 0x10, opcode 0x0F; MASK 0x80, length
// 0x7F.
TEST_CASE("each of the 65,536 first two bytes has the reading of RFC 6455 section 5.2") {
  const std::string rest = test::hex("00 00 00 00 01 02 03 04 a1 b2 c3 d4");
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const unsigned short_length = second & 0x7F;
      const bool is_masked = (second & 0x80) != 0;
      const std::size_t length_bytes = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
      FrameHeader expected{
          .fin = (first & 0x80) != 0,
          .rsv = static_cast<std::uint8_t>((first & 0x40 ? kRsv1 : 0) | (first & 0x20 ? kRsv2 : 0) |
                                           (first & 0x10 ? kRsv3 : 0)),
          .opcode = static_cast<Opcode>(first & 0x0F),
          .header_length = static_cast<std::uint8_t>(2 + length_bytes),
          .payload_length = short_length};
      if (length_bytes == 2) expected.payload_length = 0x0304;
      if (length_bytes == 8) expected.payload_length = 0x01020304;
      std::string bytes{static_cast<char>(first), static_cast<char>(second)};
      bytes += rest.substr(8 - length_bytes, length_bytes);
      if (is_masked) {
        bytes += rest.substr(8);
        expected.masking_key = key("a1 b2 c3 d4");
        expected.header_length = static_cast<std::uint8_t>(expected.header_length + 4);
      }
      for (const test::Split& split : {test::whole(bytes), test::in_parts_of(bytes, 1)}) {
        FrameParser parser;
        std::optional<FrameEvent> event;
        for (const std::string_view part : split.parts) {
          REQUIRE_FALSE(event);
          ByteView input = as_bytes(part);
          event = parser.next(input);
        }
        const bool is_right = event && std::holds_alternative<FrameHeader>(*event) &&
                              std::get<FrameHeader>(*event) == expected;
        if (!is_right) FAIL_CHECK("bytes ", first, " ", second, ", ", split.name);
      }
    }
  }
}

TEST_CASE("a length with its top bit set is read as it stands") {
  const std::string bytes = test::hex("82 7f ff ff ff ff ff ff ff ff 61 62");
  test::at_every_split(bytes, [&](const test::Split& split) {
    CAPTURE(split.name);
    const Reading reading = read(split);
    REQUIRE(reading.frames.size() == 1);
    CHECK(reading.frames[0].header.payload_length == ~std::uint64_t{0});
    CHECK(reading.frames[0].payload == "ab");
    CHECK_FALSE(reading.frames[0].has_end);
    CHECK(reading.is_mid_frame);
    CHECK(reading.partial_header_size == 0);
  });
}

TEST_CASE("a stream that stops anywhere knows whether it stands inside a frame") {
  // A header of 14 bytes, then 3 bytes of payload.
  const std::string bytes = test::hex("82 ff 00 00 00 00 00 00 00 03 01 02 03 04 61 62 63");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    CAPTURE(size);
    const std::string begun = bytes.substr(0, size);
    test::at_every_split(begun, [&](const test::Split& split) {
      CAPTURE(split.name);
      const Reading reading = read(split);
      CHECK(reading.is_mid_frame == (size > 0 && size < bytes.size()));
      CHECK(reading.partial_header_size == (size < 14 ? size : 0));
    });
  }
}

TEST_CASE("no bytes give no event, inside a frame and between frames") {
  FrameParser parser;
  ByteView nothing;
  CHECK_FALSE(parser.next(nothing));
  const std::string begun = test::hex("81 05 48");
  ByteView input = as_bytes(begun);
  while (parser.next(input)) {
  }
  CHECK_FALSE(parser.next(nothing));
  CHECK(parser.is_mid_frame());
}

// Mostly frames of all shapes, sometimes nothing but noise.
std::string random_stream(std::mt19937& random) {
  if (test::once_in(random, 4)) return test::random_bytes(random, test::below(random, 200));
  std::string stream;
  for (unsigned frames = test::below(random, 6); frames > 0; --frames) {
    const unsigned size =
        test::once_in(random, 8) ? 120 + test::below(random, 200) : test::below(random, 20);
    FrameHeader header = test::header_of(kEndpoints[test::below(random, 2)],
                                         static_cast<Opcode>(test::below(random, 16)), size,
                                         test::once_in(random, 2));
    header.rsv = static_cast<std::uint8_t>(test::below(random, 8));
    if (test::once_in(random, 4)) {  // a length that is longer than it need be
      header.header_length = header.masking_key ? 14 : 10;
    }
    stream += test::frame(header, test::random_bytes(random, size));
  }
  return stream.substr(0, stream.size() - (stream.empty() ? 0 : test::below(random, 3)));
}

TEST_CASE("property: the reading of a stream does not depend on how it is cut") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 150; ++run) {
    CAPTURE(run);
    const std::string stream = random_stream(random);
    const Reading expected = read(test::whole(stream));
    test::at_every_split(stream, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(read(split) == expected);
    });
  }
}

TEST_CASE("property: headers and payloads encoded again are the stream, and sizes add up") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 2000; ++run) {
    CAPTURE(run);
    const std::string stream = random_stream(random);
    const Reading reading = read(test::whole(stream));
    std::string again;
    for (const Reading::Frame& frame : reading.frames) {
      const std::string header = test::encode(frame.header);
      CHECK(header.size() == frame.header.header_length);
      CHECK(frame.has_end == (frame.payload.size() == frame.header.payload_length));
      again += header + frame.payload;
    }
    CHECK(again.size() + reading.partial_header_size == stream.size());
    CHECK(stream.starts_with(again));
  }
}

TEST_CASE("only short whole messages that are ordinary in every point are skipped") {
  struct Row {
    std::string_view name;
    Endpoint from;
    std::string stream;
    std::uint64_t skipped;  // messages
    std::size_t left;       // bytes
  };
  const std::string longest = test::hex("82 7d") + std::string(125, 'x');
  const std::vector<Row> rows{
      {"two texts of a server", Endpoint::server, test::hex("81 01 61 81 00"), 2, 0},
      {"binary behind text", Endpoint::server, test::hex("81 01 61 82 00"), 1, 2},
      {"text behind binary", Endpoint::server, test::hex("82 00 81 01 61"), 1, 3},
      {"the RFC's masked Hello", Endpoint::client, test::hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"), 1,
       0},
      {"125 bytes", Endpoint::server, longest, 1, 0},
      {"126 bytes", Endpoint::server, test::hex("82 7e 00 7e") + std::string(126, 'x'), 0, 130},
      {"a server's masked frame", Endpoint::server, test::hex("81 80 00 00 00 00"), 0, 6},
      {"a client's unmasked frame", Endpoint::client, test::hex("81 04 61 62 63 64"), 0, 6},
      {"a first fragment", Endpoint::server, test::hex("01 01 61"), 0, 3},
      {"a last fragment", Endpoint::server, test::hex("80 01 61"), 0, 3},
      {"a reserved bit", Endpoint::server, test::hex("c1 01 61"), 0, 3},
      {"a ping behind a message", Endpoint::server, test::hex("81 01 61 89 00"), 1, 2},
      {"a message that is not whole", Endpoint::server, test::hex("81 01 61 81 02 61"), 1, 3},
      {"half a header", Endpoint::client, test::hex("81 80 00"), 0, 3},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    ByteView input = as_bytes(row.stream);
    CHECK(FrameParser().skip_short_messages(input, row.from).count == row.skipped);
    CHECK(input.size() == row.left);
  }
}

TEST_CASE("of what is skipped the type, the largest payload and the last message are told") {
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    const std::string stream = test::frame(from, Opcode::text, "a") +
                               test::frame(from, Opcode::text, std::string(70, 'b')) +
                               test::frame(from, Opcode::text, "ccc");
    ByteView input = as_bytes(stream);
    CHECK(FrameParser().skip_short_messages(input, from) ==
          SkippedMessages{.count = 3, .largest = 70, .last = 3, .is_text = true});
    const std::string one = test::frame(from, Opcode::binary, "");
    input = as_bytes(one);
    CHECK(FrameParser().skip_short_messages(input, from) == SkippedMessages{.count = 1});
  }
}

TEST_CASE("a text that is watched for is not skipped; binary that begins so is") {
  TextOpenings watched;
  watched.add("2");
  watched.add("{\"type\":\"ping\"");
  for (const Endpoint from : kEndpoints) {
    CAPTURE(name(from));
    const auto skipped = [&](Opcode opcode, std::string_view payload) {
      const std::string stream = test::frame(from, opcode, payload);
      ByteView input = as_bytes(stream);
      return FrameParser().skip_short_messages(input, from, &watched).count == 1;
    };
    CHECK_FALSE(skipped(Opcode::text, "2"));
    CHECK_FALSE(skipped(Opcode::text, "{\"type\":\"ping\",\"message\":1}"));
    CHECK(skipped(Opcode::binary, "2"));
    CHECK(skipped(Opcode::text, "22"));
    CHECK(skipped(Opcode::text, "{\"type\":\"pin"));
    CHECK(skipped(Opcode::text, ""));
  }
}

}  // namespace
}  // namespace lastframe::ws
