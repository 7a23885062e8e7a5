#include "diff/direction_collector.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/ws/inflate_pool.h"
#include "diff/text_variants.h"
#include "support/deflater.h"
#include "support/frames.h"
#include "support/splits.h"

namespace lastframe::diff {
namespace {

using test::frame;
using ws::Opcode;

struct Collected {
  explicit Collected(Direction direction = Direction::server_to_client,
                     const ws::NegotiatedExtensions& negotiated = {})
      : collector(direction, negotiated, pool, trace) {}

  void take(std::string_view bytes) { collector.take(Moment{}, as_bytes(bytes)); }

  ws::InflatePool pool{ws::InflateLimits{}};
  DirectionTrace trace;
  DirectionCollector collector;
};

std::string text_of(const DirectionTrace& trace) {
  std::string text;
  for (const Item& item : trace.items) {
    text += std::to_string(static_cast<int>(item.kind)) + " " + std::string(name(item.opcode)) +
            " at " + std::to_string(item.offset) + " size " + std::to_string(item.size) +
            (item.is_complete ? "" : " cut") + " frames " + std::to_string(item.frame_count) +
            " \"" + std::string(trace.sample(item)) + "\" " +
            std::to_string(item.content.value_or(0)) + " " + std::string(trace.stray_text(item)) +
            "\n";
  }
  return text;
}

// A page, an odd frame, fragments with a Ping in between, and a frame that is cut off.
std::string stream(Endpoint from) {
  std::string bytes = frame(from, Opcode::text, "hello");
  bytes += frame(from, Opcode::text, "one ", false);
  bytes += frame(from, Opcode::ping, "p");
  bytes += frame(from, Opcode::continuation, "two");
  bytes += "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops";
  bytes += frame(from, Opcode::binary, std::string(200, 'b'));
  ws::FrameHeader odd = test::header_of(from, Opcode::text, 3);
  odd.rsv = ws::kRsv3;
  bytes += frame(odd, "odd");
  bytes += "\r\n";
  bytes += frame(from, Opcode::text, "more");
  bytes += frame(from, Opcode::text, "cut off here").substr(0, 11);
  return bytes;
}

TEST_CASE("property: a trace does not depend on how the bytes are cut") {
  for (const Direction direction : kDirections) {
    const std::string bytes = stream(sender(direction));
    std::string whole;
    test::at_every_split(bytes, [&](const test::Split& split) {
      Collected collected(direction);
      test::feed_parts(split, [&](std::string_view part) { collected.take(part); });
      collected.collector.finish();
      const std::string text = text_of(collected.trace);
      if (whole.empty()) whole = text;
      CAPTURE(split.name);
      REQUIRE(text == whole);
    });
    CAPTURE(whole);
    CHECK(whole.find("an HTTP/1.1 502 response, 51 bytes") != std::string::npos);
  }
}

TEST_CASE("items stand in the order in which they are complete, and add up to the stream") {
  Collected collected;
  const std::string bytes = stream(Endpoint::server);
  collected.take(bytes);
  collected.collector.finish();
  std::vector<ItemKind> kinds;
  for (const Item& item : collected.trace.items) kinds.push_back(item.kind);
  using enum ItemKind;
  CHECK(kinds == std::vector<ItemKind>{message, control, message, stray, message, message, stray,
                                       message, message});
  CHECK(collected.trace.bytes == bytes.size());
  CHECK_FALSE(collected.trace.items.back().is_complete);
  std::uint64_t total = 0;
  for (const Frame& seen : collected.trace.frames) total += seen.header.header_length;
  for (const Item& item : collected.trace.items) total += item.payload;
  CHECK(total == bytes.size());
}

TEST_CASE("a compressed message is known by what it inflates to, negotiated or not") {
  for (const bool is_negotiated : {true, false}) {
    test::Deflater deflater(15);
    Collected collected(Direction::server_to_client, {.has_deflate = is_negotiated});
    for (const std::string text : {"the same, the same", "the same, the same"}) {
      ws::FrameHeader header;
      const std::string payload = deflater.message(text);
      header = test::header_of(Endpoint::server, Opcode::text, payload.size());
      header.rsv = ws::kRsv1;
      collected.take(frame(header, payload));
    }
    collected.collector.finish();
    REQUIRE(collected.trace.items.size() == 2);
    for (const Item& item : collected.trace.items) {
      CHECK(item.is_compressed);
      CHECK(item.content == digest_of("the same, the same"));
      CHECK(collected.trace.sample(item) == "the same, the same");
    }
  }
}

TEST_CASE("a digest stands for payload that was not seen") {
  Collected collected;
  const std::string whole = frame(Endpoint::server, Opcode::binary, "payload");
  collected.take(std::string_view(whole).substr(0, 2));
  collected.collector.miss(Moment{}, {.direction = Direction::server_to_client,
                                      .count = 7,
                                      .is_frame_next = true,
                                      .digest = digest_of("payload")});
  collected.take(frame(Endpoint::server, Opcode::text, "next"));
  collected.collector.finish();
  REQUIRE(collected.trace.items.size() == 2);
  CHECK(collected.trace.items[0].content == digest_of("payload"));
  CHECK(collected.trace.items[0].is_complete);
  CHECK(collected.trace.items[0].size == 7);
  CHECK(collected.trace.items[1].offset == whole.size());
}

TEST_CASE("bytes that were missed are a gap, and frames go on where it is said") {
  Collected collected;
  collected.take(frame(Endpoint::server, Opcode::text, "begun").substr(0, 4));
  collected.collector.miss(
      Moment{}, {.direction = Direction::server_to_client, .count = 100, .is_frame_next = true});
  collected.take(frame(Endpoint::server, Opcode::text, "next"));
  collected.collector.finish();
  REQUIRE(collected.trace.items.size() == 3);
  CHECK_FALSE(collected.trace.items[0].is_complete);
  CHECK(collected.trace.items[1].kind == ItemKind::gap);
  CHECK(collected.trace.items[1].size == 100);
  CHECK(collected.trace.sample(collected.trace.items[2]) == "next");
  CHECK(collected.trace.items[2].offset == 104);
  CHECK(collected.trace.unseen == 100);
}

TEST_CASE("frames beyond the limit are counted") {
  Collected collected;
  std::string block;
  for (int i = 0; i < 1000; ++i) block += frame(Endpoint::server, Opcode::text, "");
  for (int i = 0; i < 1001; ++i) collected.take(block);
  collected.collector.finish();
  CHECK(collected.trace.frames.size() == kMostFrames);
  CHECK(collected.trace.items.size() == kMostFrames);
  CHECK(collected.trace.frames_over == 1000);
}

}  // namespace
}  // namespace lastframe::diff
