#include "core/ws/resynchroniser.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/utf8.h"
#include "support/frames.h"
#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

struct Finding {
  std::optional<std::uint64_t> offset;
  std::size_t taken = 0;  // bytes of the stream that the search took
  std::string rest;       // what was retained, and all behind it

  bool operator==(const Finding&) const = default;
};

Finding search(const test::Split& split, const FrameContext& context) {
  Resynchroniser resynchroniser(context);
  Finding finding;
  test::feed_parts(split, [&](std::string_view part) {
    ByteView input = as_bytes(part);
    if (!finding.offset) {
      if (const auto found = resynchroniser.feed(input)) {
        finding.offset = found->offset;
        REQUIRE(resynchroniser.retained().size() <= kResyncWindow);
        finding.rest = as_text(resynchroniser.retained());
      }
      finding.taken += part.size() - input.size();
      REQUIRE((finding.offset || input.empty()));
    }
    if (finding.offset) finding.rest += as_text(input);
  });
  return finding;
}

// At every split where the stream is short, else at some.
void check(std::string_view stream, const FrameContext& context,
           std::optional<std::uint64_t> expected) {
  const Finding whole = search(test::whole(stream), context);
  CHECK(whole.offset == expected);
  if (expected) CHECK(whole.rest == stream.substr(*expected));
  const auto check_split = [&](const test::Split& split) {
    CAPTURE(split.name);
    CHECK(search(split, context) == whole);
  };
  if (stream.size() <= 400) {
    test::at_every_split(stream, check_split);
    return;
  }
  for (const std::size_t size : {1u, 2u, 3u, 7u, 64u, 1000u, 4096u}) {
    check_split(test::in_parts_of(stream, size));
  }
}

const std::string kPage =
    "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Length: 157\r\n\r\n<html>\r\n<head>"
    "<title>502 Bad Gateway</title></head>\r\n</html>\r\n";

std::string three_frames(Endpoint from) {
  return test::frame(from, Opcode::text, "one") + test::frame(from, Opcode::ping, "") +
         test::frame(from, Opcode::binary, std::string(100, '\x80'));
}

TEST_CASE("frames behind a page between frames are found where they begin") {
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    check(kPage + three_frames(endpoint), {.sender = endpoint}, kPage.size());
    check(three_frames(endpoint), {.sender = endpoint}, 0);
    check("x" + three_frames(endpoint) + kPage, {.sender = endpoint}, 1);
    check("\r\n" + three_frames(endpoint), {.sender = endpoint}, 2);
    check("", {.sender = endpoint}, {});
  }
}

TEST_CASE("frames of the other role are none") {
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    const std::string frames = test::frame(other(endpoint), Opcode::text, "hello") +
                               test::frame(other(endpoint), Opcode::text, "hello") +
                               test::frame(other(endpoint), Opcode::text, "hello");
    check(kPage + frames, {.sender = endpoint}, {});
  }
}

TEST_CASE("three headers are enough, and two are not") {
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    const std::string two =
        test::frame(endpoint, Opcode::text, "a") + test::frame(endpoint, Opcode::text, "b");
    const std::string header = test::encode(test::header_of(endpoint, Opcode::text, 1000));
    check(two, {.sender = endpoint}, {});
    check(two + header.substr(0, header.size() - 1), {.sender = endpoint}, {});
    check(two + header, {.sender = endpoint}, 0);
    check(two + header + "abc", {.sender = endpoint}, 0);
  }
}

struct Row {
  std::string_view name;
  bool is_found;
  std::vector<std::string> frames;
};

// What stands in front of the frames and behind them cannot begin one.
void check_rows(const std::vector<Row>& rows, const FrameContext& context) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CAPTURE(name(context.sender));
    std::string stream = "page";
    for (const std::string& frame : row.frames) stream += frame;
    stream += std::string(5000, '.');
    check(stream, context, row.is_found ? std::optional<std::uint64_t>(4) : std::nullopt);
  }
}

TEST_CASE("frames in an order that RFC 6455 forbids are none, and the legal ones beside them are") {
  for (const Endpoint from : kEndpoints) {
    const auto frame = [&](Opcode opcode, std::string_view payload, bool fin = true) {
      return test::frame(from, opcode, payload, fin);
    };
    const std::string text = frame(Opcode::text, "");
    const std::string begun = frame(Opcode::text, "a", false);
    const std::string middle = frame(Opcode::continuation, "b", false);
    const std::string last = frame(Opcode::continuation, "c");
    const std::string ping = frame(Opcode::ping, "p");
    const std::string closing = frame(Opcode::close, test::close_payload(1000));
    check_rows(
        {{"5.4: a fragmented message", true, {begun, middle, last}},
         {"5.4: a ping between fragments", true, {begun, ping, last}},
         {"5.4: a message behind a fragmented one", true, {begun, last, text}},
         {"5.5.1: a Close at the end", true, {text, text, closing}},
         {"5.5.1: an empty Close at the end", true, {ping, text, frame(Opcode::close, "")}},
         {"5.4: a continuation of nothing", false, {last, text, ping}},
         {"5.4: a continuation of nothing, later", false, {text, last, ping}},
         {"5.4: a text inside a message", false, {begun, text, ping}},
         {"5.5.1: a frame behind a Close", false, {text, closing, text}},
         {"5.5.1: a Close of one byte", false, {text, text, frame(Opcode::close, "x")}},
         {"5.6: a text that is not UTF-8", false, {frame(Opcode::text, "\xFE"), text, ping}},
         {"5.6: a binary of the same bytes", true, {frame(Opcode::binary, "\xFE"), text, ping}},
         {"5.6: a text with half a character at its end",
          false,
          {frame(Opcode::text, "\xE2\x82"), text, ping}},
         {"5.6: a fragment with half a character at its end",
          true,
          {frame(Opcode::text, "\xE2\x82", false), frame(Opcode::continuation, "\xAC"), text}}},
        {.sender = from});
  }
}

TEST_CASE("compressed messages count where permessage-deflate was negotiated") {
  for (const Endpoint from : kEndpoints) {
    FrameHeader header = test::header_of(from, Opcode::text, 3);
    header.rsv = kRsv1;
    const std::string compressed = test::frame(header, "\xF2\x48\xFE");
    const std::string binary = test::frame(from, Opcode::binary, "");
    const std::vector<std::string> frames{compressed, binary, compressed};
    check_rows({{"negotiated", true, frames}}, {.sender = from, .has_deflate = true});
    check_rows({{"not negotiated", false, frames}}, {.sender = from});
    check_rows({{"a meaning that is not known", false, frames}},
               {.sender = from, .has_unknown_extension = true});
  }
}

TEST_CASE("a compressed message begins with a block of DEFLATE (RFC 1951 section 3.2.3)") {
  struct Beginning {
    std::string_view name;
    std::string_view bytes;
    bool is_block;
  };
  constexpr auto kBeginnings = std::to_array<Beginning>({
      {"RFC 7692 section 7.2.3.1: Hello", "f2 48 cd c9 c9 07 00", true},
      {"RFC 7692 section 7.2.3.3: stored", "00 05 00 fa ff 48 65 6c 6c 6f 00", true},
      {"RFC 7692 section 7.2.3.4: the last block", "f3 48 cd c9 c9 07 00 00", true},
      {"RFC 7692 section 7.2.3.6: an empty message", "00", true},
      {"a dynamic block", "04 c0 31", true},
      {"286 codes of lengths", "ec c0 31", true},
      {"287 codes of lengths", "f4 c0 31", false},
      {"31 codes of distances", "04 de 31", false},
      {"BTYPE 11", "06 48 cd", false},
      {"a stored block of two lengths", "00 05 00 fa fe 48 65 6c 6c 6f 00", false},
  });
  for (const Endpoint from : kEndpoints) {
    for (const Beginning& row : kBeginnings) {
      const std::string payload = test::hex(row.bytes);
      FrameHeader header = test::header_of(from, Opcode::binary, payload.size());
      header.rsv = kRsv1;
      const std::string ping = test::frame(from, Opcode::ping, "");
      check_rows({{row.name, row.is_block, {test::frame(header, payload), ping, ping}}},
                 {.sender = from, .has_deflate = true});
    }
  }
}

TEST_CASE("three headers fit into the window or are not found") {
  for (const Endpoint from : kEndpoints) {
    const std::string head = test::encode(test::header_of(from, Opcode::binary, 1000));
    const std::string last = test::encode(test::header_of(from, Opcode::ping, 0));
    const std::size_t most = kResyncWindow - 2 * head.size() - last.size() - 1000;
    for (const std::size_t size : {most - 1, most, most + 1}) {
      CAPTURE(name(from));
      CAPTURE(size);
      const std::string stream =
          "page" + test::frame(from, Opcode::binary, std::string(size, '.')) +
          test::frame(from, Opcode::binary, std::string(1000, '.')) + last + std::string(5000, '.');
      check(stream, {.sender = from},
            size <= most ? std::optional<std::uint64_t>(4) : std::nullopt);
    }
  }
}

TEST_CASE("a first header that leads nowhere does not hide the frames behind it") {
  for (const Endpoint from : kEndpoints) {
    // 2000 bytes are announced, and do not come: the frames lie within them.
    const std::string lost = test::encode(test::header_of(from, Opcode::binary, 2000));
    const std::string stream = lost + kPage + three_frames(from) + std::string(5000, '.');
    check(stream, {.sender = from}, lost.size() + kPage.size());
  }
}

// The rules of the header comment written out anew, over the whole stream at once.
struct Naive {
  std::string_view stream;
  FrameContext context;

  bool is_chain(std::size_t begin) const {
    std::size_t at = begin;
    bool in_message = false;
    for (int frame = 0; frame < 3; ++frame) {
      if (at + 2 > stream.size()) return false;
      const unsigned first = static_cast<unsigned char>(stream[at]);
      const unsigned second = static_cast<unsigned char>(stream[at + 1]);
      const bool is_masked = second >= 0x80;
      const unsigned opcode = first & 0x0F;
      const bool fin = first >= 0x80;
      std::size_t head = 2;
      std::uint64_t length = second & 0x7F;
      const std::size_t width = length == 126 ? 2 : length == 127 ? 8 : 0;
      if (at + 2 + width + (is_masked ? 4 : 0) > stream.size()) return false;
      if (width > 0) length = 0;
      for (; head < 2 + width; ++head) {
        length = length << 8 | static_cast<unsigned char>(stream[at + head]);
      }
      const std::string_view key = stream.substr(at + head, is_masked ? 4 : 0);
      head += key.size();
      if (at + head - begin > 4096) return false;
      if (is_masked != (context.sender == Endpoint::client)) return false;
      const unsigned rsv = first & 0x70;
      const bool is_data = opcode == 1 || opcode == 2;
      if (rsv != 0 && !(rsv == 0x40 && context.has_deflate && is_data)) return false;
      if (opcode > 10 || (opcode > 2 && opcode < 8)) return false;
      if (width == 2 && length < 126) return false;
      if (width == 8 && length < 65536) return false;
      if (length >= 1ull << 31) return false;
      if (opcode >= 8 && (!fin || length > 125)) return false;
      if (opcode == 8 && (frame < 2 || length == 1)) return false;
      if (opcode == 0 && !in_message) return false;
      if (is_data && in_message) return false;
      if (frame == 2) return true;
      if (opcode < 8) in_message = !fin;
      at += head;
      if (at + length > begin + 4094 || at + length > stream.size()) return false;
      if (rsv != 0 && length > 0) {
        // RFC 1951 section 3.2.3: BFINAL, two bits of BTYPE, then what the type asks for.
        std::string data(stream.substr(at, std::min<std::size_t>(length, 5)));
        for (std::size_t i = 0; is_masked && i < data.size(); ++i) {
          data[i] = static_cast<char>(data[i] ^ key[i % 4]);
        }
        const auto bits = [&](std::size_t from, std::size_t count) {
          unsigned value = 0;
          for (std::size_t i = 0; i < count; ++i) {
            const std::size_t place = from + i;
            if (place / 8 >= data.size()) continue;  // not there: zero
            value |= (static_cast<unsigned char>(data[place / 8]) >> (place % 8) & 1u) << i;
          }
          return value;
        };
        const unsigned type = bits(1, 2);
        if (type == 3) return false;
        if (type == 0 && length >= 5 && bits(8, 16) + bits(24, 16) != 0xFFFF) return false;
        if (type == 2 && (bits(3, 5) > 29 || bits(8, 5) > 29)) return false;
      }
      if (opcode == 1 && rsv == 0) {
        std::string text(stream.substr(at, std::min<std::size_t>(length, 64)));
        for (std::size_t i = 0; is_masked && i < text.size(); ++i) {
          text[i] = static_cast<char>(text[i] ^ key[i % 4]);
        }
        bool is_valid = is_valid_utf8(text);
        for (std::size_t cut = 1; cut <= 3 && (!fin || length > 64); ++cut) {
          is_valid =
              is_valid || is_valid_utf8(text.substr(0, text.size() - std::min(cut, text.size())));
        }
        if (!is_valid) return false;
      }
      at += length;
    }
    return true;
  }

  std::optional<std::uint64_t> first() const {
    for (std::size_t begin = 0; begin < stream.size(); ++begin) {
      if (is_chain(begin)) return begin;
    }
    return std::nullopt;
  }
};

TEST_CASE("property: the first offset is found that holds all rules, wherever the stream is cut") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  int found = 0;
  for (int run = 0; run < 1500; ++run) {
    CAPTURE(run);
    const FrameContext context{.sender = kEndpoints[test::below(random, 2)],
                               .has_deflate = test::once_in(random, 3)};
    // Noise of bytes that headers are made of, and frames of all kinds, some of them long.
    std::string stream;
    for (unsigned pieces = 1 + test::below(random, 8); pieces > 0; --pieces) {
      if (test::once_in(random, 3)) {
        std::string noise = test::random_bytes(random, test::below(random, 60));
        for (char& byte : noise) {
          if (test::once_in(random, 2)) byte = "\x81\x82\x00\x80\x01\x89\x88\x05"[random() % 8];
        }
        stream += noise;
        continue;
      }
      const bool is_control = test::once_in(random, 3);
      const auto opcode = static_cast<Opcode>(is_control ? 8 + random() % 3 : random() % 3);
      const std::size_t size = is_control                 ? test::below(random, 10)
                               : test::once_in(random, 5) ? test::below(random, 3000)
                                                          : test::below(random, 20);
      FrameHeader header =
          test::header_of(context.sender, opcode, size, is_control || !test::once_in(random, 4));
      if (context.has_deflate && opcode != Opcode::continuation && !is_control) header.rsv = kRsv1;
      std::string payload(size, 'a');
      if (size > 0 && header.rsv != 0) payload[0] = static_cast<char>(random() & 0xFF);
      stream += test::frame(header, payload);
    }
    // Everything is decided, however far it leads.
    stream += std::string(4200, '.');
    const auto expected = Naive{.stream = stream, .context = context}.first();
    found += expected ? 1 : 0;
    const Finding whole = search(test::whole(stream), context);
    CHECK(whole.offset == expected);
    for (const std::size_t size : {std::size_t{1}, std::size_t{1 + test::below(random, 40)}}) {
      CHECK(search(test::in_parts_of(stream, size), context) == whole);
    }
    const std::size_t cut = test::below(random, static_cast<unsigned>(stream.size()));
    CHECK(search(test::cut_at(stream, cut), context) == whole);
  }
  CHECK(found > 150);
  CHECK(found < 1200);
}

TEST_CASE("property: ASCII is never taken for frames, with and without permessage-deflate") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const Endpoint from : kEndpoints) {
    for (const bool has_deflate : {false, true}) {
      std::string text;
      while (text.size() < (1u << 18)) {
        text += test::once_in(random, 20) ? std::string("\r\n\t")[random() % 3]
                                          : static_cast<char>(0x20 + random() % 0x5F);
      }
      CHECK_FALSE(search(test::whole(text), {.sender = from, .has_deflate = has_deflate}).offset);
    }
  }
}

TEST_CASE("property: 64 KiB of noise are seldom taken for frames") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const Endpoint from : kEndpoints) {
    for (const bool has_deflate : {false, true}) {
      constexpr int kRuns = 200;
      int found = 0;
      for (int run = 0; run < kRuns; ++run) {
        const std::string noise = test::random_bytes(random, 1 << 16);
        found +=
            search(test::whole(noise), {.sender = from, .has_deflate = has_deflate}).offset ? 1 : 0;
      }
      CAPTURE(name(from));
      CAPTURE(has_deflate);
      // About 5 in 100, and 11 in 100 where RSV1 has a meaning.
      CHECK(found * 100 < kRuns * (has_deflate ? 22 : 13));
    }
  }
}

}  // namespace
}  // namespace lastframe::ws
