#include "core/ws/inflater.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/deflater.h"
#include "support/hex.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

using test::Deflater;
using test::FixedBlock;

constexpr auto kNever = std::numeric_limits<std::size_t>::max();

// Keeps what it is shown, until it has `enough`.
class Collector : public Inflater::Sink {
 public:
  explicit Collector(std::size_t enough = kNever) : enough_(enough) {}
  bool take(ByteView inflated) override {
    CHECK(!inflated.empty());
    text += as_text(inflated);
    return text.size() < enough_;
  }
  std::string text;

 private:
  std::size_t enough_;
};

struct Inflated {
  InflateOutcome outcome = InflateOutcome::shed;
  std::string text;

  bool operator==(const Inflated&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Inflated& inflated) {
  return out << "outcome " << static_cast<int>(inflated.outcome) << ", " << inflated.text.size()
             << " bytes";
}

Inflated inflate(Inflater& inflater, const test::Split& payload) {
  Collector sink;
  inflater.begin_message();
  auto outcome = InflateOutcome::good;
  test::feed_parts(payload, [&](std::string_view part) {
    const InflateOutcome now = inflater.feed(as_bytes(part), sink);
    // What was said once holds for the rest of the message.
    if (outcome != InflateOutcome::good) CHECK(now == outcome);
    outcome = now;
  });
  const InflateOutcome last = inflater.end_message(sink);
  if (outcome != InflateOutcome::good) CHECK(last == outcome);
  CHECK(inflater.message_output() >= sink.text.size());
  return {last, sink.text};
}

Inflated inflate(Inflater& inflater, std::string_view payload) {
  return inflate(inflater, test::whole(payload));
}

constexpr DeflateParameters kAlone{.window_bits = 15, .takes_over = false};
constexpr DeflateParameters kTakesOver{.window_bits = 15, .takes_over = true};

// Some compress well, some hardly.
std::string random_text(std::mt19937& random, std::size_t size) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"{\"price\":", "\"symbol\":\"", "},", "websocket ", "close", " 0123456789", "\n"});
  std::string text;
  while (text.size() < size) {
    if (test::once_in(random, 4)) {
      text += test::random_bytes(random, 1 + test::below(random, 20));
    } else {
      text += kWords[test::below(random, kWords.size())];
    }
  }
  text.resize(size);
  return text;
}

const std::string kHello = test::hex("f2 48 cd c9 c9 07 00");

struct Message {
  std::string_view payload;  // as hex
  std::string_view text;
};

TEST_CASE("messages are inflated as RFC 7692 section 7.2.3 writes them") {
  struct Row {
    std::string_view name;
    std::vector<Message> messages;
  };
  const auto rows = std::to_array<Row>({
      {"7.2.3.1, one block", {{"f2 48 cd c9 c9 07 00", "Hello"}}},
      {"7.2.3.2, sharing the window",
       {{"f2 48 cd c9 c9 07 00", "Hello"}, {"f2 00 11 00 00", "Hello"}}},
      {"7.2.3.2, twice without sharing it",
       {{"f2 48 cd c9 c9 07 00", "Hello"}, {"f2 48 cd c9 c9 07 00", "Hello"}}},
      {"7.2.3.3, no compression", {{"00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"}}},
      {"7.2.3.4, BFINAL is 1", {{"f3 48 cd c9 c9 07 00 00", "Hello"}}},
      {"7.2.3.5, two blocks", {{"f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"}}},
      {"7.2.3.6, an empty message", {{"00", ""}}},
      {"an empty message between others",
       {{"f2 48 cd c9 c9 07 00", "Hello"}, {"00", ""}, {"f2 00 11 00 00", "Hello"}}},
      {"the window is kept behind BFINAL",
       {{"f3 48 cd c9 c9 07 00 00", "Hello"}, {"f2 00 11 00 00", "Hello"}}},
      {"two final blocks in one message",
       {{"f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00", "HelloHello"}}},
      {"the block that ends the message is final",
       {{"f2 48 cd c9 c9 07 00 00 00 ff ff 01", "Hello"}, {"f2 00 11 00 00", "Hello"}}},
      {"nothing but a final empty block", {{"01", ""}, {"f2 48 cd c9 c9 07 00", "Hello"}}},
      {"an empty final block with fixed codes", {{"03 00 00", ""}, {"00", ""}}},
  });
  for (const std::size_t idle_states : {0u, 32u}) {
    CAPTURE(idle_states);
    for (const Row& row : rows) {
      CAPTURE(row.name);
      InflatePool pool({.idle_states = idle_states});
      const std::string last = test::hex(row.messages.back().payload);
      test::at_every_split(last, [&](const test::Split& split) {
        CAPTURE(split.name);
        Inflater inflater(pool, kTakesOver);
        for (std::size_t i = 0; i + 1 < row.messages.size(); ++i) {
          CHECK(inflate(inflater, test::hex(row.messages[i].payload)) ==
                Inflated{InflateOutcome::good, std::string(row.messages[i].text)});
        }
        CHECK(inflate(inflater, split) ==
              Inflated{InflateOutcome::good, std::string(row.messages.back().text)});
      });
      CHECK(pool.shed_messages() == 0);
    }
  }
}

TEST_CASE("what is no DEFLATE data, or ends inside a block, is corrupt; the legal edges are not") {
  struct Row {
    std::string_view name;
    std::string_view payload;
    InflateOutcome outcome;
    std::string text;
  };
  using enum InflateOutcome;
  const auto rows = std::to_array<Row>({
      // RFC 7692 section 7.2.1 takes four bytes from an empty block of five at least.
      {"an empty payload", "", corrupt, ""},
      {"RFC 1951 section 3.2.3, the reserved block type", "06", corrupt, ""},
      {"RFC 1951 section 3.2.4, lengths that differ", "00 05 00 fb ff 48", corrupt, ""},
      {"RFC 1951 section 3.2.6, a code that never is", "1b 03", corrupt, ""},
      {"RFC 1951 section 3.2.7, more codes than fit", "fc ff ff ff ff", corrupt, ""},
      {"the text is there, its block does not end", "f2 48 cd c9 c9 07", corrupt, "Hello"},
      {"RFC 7692 section 7.2.3.4, BFINAL without the byte behind it", "f3 48 cd c9 c9 07 00",
       corrupt, "Hello"},
      {"the four bytes are still there", "f2 48 cd c9 c9 07 00 00 00 ff ff", corrupt, "Hello"},
      {"the four bytes are still there, and an empty block behind them",
       "f2 48 cd c9 c9 07 00 00 00 ff ff 00", good, "Hello"},
      {"the first block is good", "f2 48 cd c9 c9 07 00 00 00 ff ff 07", corrupt, "Hello"},
      {"no compression, cut", "00 06 00 f9 ff 48 65 6c 6c 6f", corrupt, "Hello" + test::hex("00")},
      // RFC 7692 section 7.2.2 appends the bytes and inflates; it does not ask what they become.
      {"the four bytes become data", "00 04 00 fb ff", good, test::hex("00 00 ff ff")},
      // Codes of 1 to 15 bits, all zeros for `a`, all ones for the block's end: one bit is left
      // over.
      {"the last block ends inside the four bytes",
       "04 e0 81 92 24 49 92 24 4b 7e 2b 12 8b 9a 47 56 cf be fb 7f 00 00 80 03", corrupt,
       std::string(17, 'a')},
      {"gzip", "1f 8b 08 00 00 00 00 00", corrupt, ""},
      {"JSON that was never compressed", "7b 22 61 22 3a 31 7d", corrupt, ""},
  });
  for (const DeflateParameters& parameters : {kAlone, kTakesOver}) {
    for (const Row& row : rows) {
      CAPTURE(row.name);
      InflatePool pool({});
      test::at_every_split(test::hex(row.payload), [&](const test::Split& split) {
        CAPTURE(split.name);
        Inflater inflater(pool, parameters);
        const Inflated found = inflate(inflater, split);
        CHECK(found.outcome == row.outcome);
        if (row.name != "JSON that was never compressed" && row.name != "gzip")
          CHECK(found.text == row.text);
        // Where messages stand alone, the next one is none the worse for it.
        const bool goes_on = row.outcome == good || !parameters.takes_over;
        CHECK(inflate(inflater, kHello).outcome == (goes_on ? good : shed));
      });
    }
  }
}

TEST_CASE("every window size, with and without takeover, at cuts around the parts zlib is fed") {
  std::mt19937 random(test::seed());
  for (int bits = 8; bits <= 15; ++bits) {
    for (const bool takes_over : {false, true}) {
      for (const std::size_t idle_states : {0u, 32u}) {
        CAPTURE(bits);
        CAPTURE(takes_over);
        CAPTURE(idle_states);
        const std::size_t window = std::size_t{1} << bits;
        InflatePool pool({.idle_states = idle_states});
        for (const std::size_t size : {1u, 7u, 256u, 2047u, 2048u, 2049u, 5000u, 1u << 20}) {
          Deflater deflater(bits);
          Inflater inflater(
              pool, {.window_bits = static_cast<std::uint8_t>(bits), .takes_over = takes_over});
          // Long ones fill whole runs of output, and leave none over.
          for (const std::size_t length : {window / 2, std::size_t{5}, window, std::size_t{0},
                                           3 * window, std::size_t{16384}, std::size_t{7000}}) {
            const std::string text = random_text(random, length);
            const std::string payload = deflater.message(text);
            CHECK(inflate(inflater, test::in_parts_of(payload, size)) ==
                  Inflated{InflateOutcome::good, text});
            if (!takes_over) deflater.forget();
            if (idle_states == 0 || !takes_over) CHECK(inflater.memory() <= window);
            if (!takes_over) CHECK(inflater.memory() == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("all ways that zlib has to compress") {
  std::mt19937 random(test::seed());
  InflatePool pool({.idle_states = 0});
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    for (int level = 0; level <= 9; ++level) {
      CAPTURE(strategy);
      CAPTURE(level);
      Deflater deflater(15, level, strategy);
      Inflater inflater(pool, kTakesOver);
      for (const std::size_t length : {100u, 70000u, 0u, 16384u}) {
        const std::string text = random_text(random, length);
        // With flushes inside that a sender may make at any time.
        std::string payload = deflater.compressed(text.substr(0, length / 3), Z_SYNC_FLUSH);
        payload += deflater.compressed(text.substr(length / 3, length / 3), Z_PARTIAL_FLUSH);
        payload += deflater.message(text.substr(length / 3 * 2));
        CHECK(inflate(inflater, payload) == Inflated{InflateOutcome::good, text});
      }
    }
  }
}

TEST_CASE("a reference back is judged by what lies behind it: all distances in the least window") {
  const std::uint8_t bits = 8;
  for (const std::size_t idle_states : {0u, 32u}) {
    InflatePool pool({.idle_states = idle_states});
    for (unsigned history = 0; history <= 300; ++history) {
      const std::string text(history, 'a');
      Deflater stored(15, 0);
      const std::string before = stored.message(text);
      for (unsigned distance = 1; distance <= 600; distance += distance < 310 ? 1 : 29) {
        Inflater inflater(pool, {.window_bits = bits, .takes_over = true});
        inflate(inflater, before);
        FixedBlock block;
        block.reference(distance);
        const InflateOutcome expected = distance <= std::min(history, 256u) ? InflateOutcome::good
                                        : history >= 256 ? InflateOutcome::window_exceeded
                                                         : InflateOutcome::context_lost;
        const Inflated found = inflate(inflater, block.message());
        if (found.outcome != expected) {
          CAPTURE(history);
          CAPTURE(distance);
          CHECK(found.outcome == expected);
        }
        if (expected == InflateOutcome::good) CHECK(found.text == "aaa");
      }
    }
  }
}

TEST_CASE("the farthest reference of each window is good, the next one is too far") {
  for (const std::size_t idle_states : {0u, 32u}) {
    for (unsigned bits = 8; bits <= 15; ++bits) {
      CAPTURE(bits);
      CAPTURE(idle_states);
      const unsigned window = 1u << bits;
      InflatePool pool({.idle_states = idle_states});
      for (const unsigned distance : {window, window + 1}) {
        if (distance > 32768) continue;  // RFC 1951 section 3.2.5 has no code for it
        FixedBlock block;
        block.reference(distance);
        test::at_every_split(block.message(), [&](const test::Split& split) {
          Deflater deflater(15, 0);
          Inflater inflater(pool, {.window_bits = static_cast<std::uint8_t>(bits)});
          CHECK(inflate(inflater, deflater.message("xyz" + std::string(window - 3, 'a'))).outcome ==
                InflateOutcome::good);
          const Inflated found = inflate(inflater, split);
          CHECK(found == (distance == window ? Inflated{InflateOutcome::good, "xyz"}
                                             : Inflated{InflateOutcome::window_exceeded, ""}));
        });
      }
      if (bits == 15) continue;
      // Inside one message it is found for certain from a quarter of the window on.
      FixedBlock block;
      for (unsigned i = 0; i < 4 * window; ++i) block.literal('a');
      block.reference(window + std::max(window / 4, 512u) + 1);
      Inflater inflater(pool, {.window_bits = static_cast<std::uint8_t>(bits)});
      const std::string payload = block.message();
      const Inflated found = inflate(inflater, payload);
      CHECK(found == Inflated{InflateOutcome::window_exceeded, std::string(4 * window, 'a')});
      for (const std::size_t size : {1u, 1000u, 2049u}) {
        Inflater other(pool, {.window_bits = static_cast<std::uint8_t>(bits)});
        CHECK(inflate(other, test::in_parts_of(payload, size)) == found);
      }
    }
  }
}

TEST_CASE("who refers back to what may not be referred to has lost the context") {
  InflatePool pool({});
  const std::string again = test::hex("f2 00 11 00 00");  // RFC 7692 section 7.2.3.2
  SUBCASE("the connection's first message") {
    Inflater inflater(pool, kTakesOver);
    CHECK(inflate(inflater, again) == Inflated{InflateOutcome::context_lost, "H"});
    CHECK(inflate(inflater, kHello).outcome == InflateOutcome::shed);
    CHECK(pool.shed_messages() == 1);
  }
  SUBCASE("without takeover, the message before") {
    Inflater inflater(pool, kAlone);
    CHECK(inflate(inflater, kHello).outcome == InflateOutcome::good);
    CHECK(inflate(inflater, again) == Inflated{InflateOutcome::context_lost, "H"});
    CHECK(inflate(inflater, kHello).outcome == InflateOutcome::good);
    CHECK(pool.shed_messages() == 0);
  }
}

TEST_CASE("once the context is not known, messages are shed where they may refer back") {
  for (const DeflateParameters& parameters : {kAlone, kTakesOver}) {
    const InflateOutcome later =
        parameters.takes_over ? InflateOutcome::shed : InflateOutcome::good;
    InflatePool pool({});
    Inflater inflater(pool, parameters);
    Collector sink;
    CHECK(inflate(inflater, kHello).outcome == InflateOutcome::good);
    std::uint64_t shed = 0;
    SUBCASE("lost between messages") { inflater.lose_context(); }
    SUBCASE("lost in a message") {
      inflater.begin_message();
      CHECK(inflater.feed(as_bytes(kHello), sink) == InflateOutcome::good);
      inflater.lose_context();
      CHECK(inflater.feed(as_bytes(kHello), sink) == InflateOutcome::shed);
      CHECK(inflater.end_message(sink) == InflateOutcome::shed);
      shed = 1;
    }
    SUBCASE("a message begins inside another") {
      inflater.begin_message();
      shed = 1;
    }
    SUBCASE("lost twice") {
      inflater.lose_context();
      inflater.lose_context();
    }
    CHECK(inflate(inflater, kHello).outcome == later);
    CHECK(inflate(inflater, kHello).outcome == later);
    if (parameters.takes_over) shed += 2;
    CHECK(pool.shed_messages() == shed);
    CHECK(inflater.memory() == 0);
  }
}

TEST_CASE("between messages nothing is inflated, and nothing counted") {
  InflatePool pool({});
  Inflater inflater(pool, kTakesOver);
  Collector sink;
  CHECK(inflater.feed(as_bytes(kHello), sink) == InflateOutcome::shed);
  CHECK(inflater.end_message(sink) == InflateOutcome::shed);
  CHECK(inflate(inflater, kHello) == Inflated{InflateOutcome::good, "Hello"});
  CHECK(inflater.feed(as_bytes(kHello), sink) == InflateOutcome::shed);
  CHECK(sink.text.empty());
  CHECK(pool.shed_messages() == 0);
}

TEST_CASE("a Sink that stops is not asked again, and the next message may still refer back") {
  std::mt19937 random(test::seed());
  const std::string first = random_text(random, 100000);
  Deflater deflater(15);
  const std::string payload = deflater.message(first);
  const std::string next = deflater.message(first.substr(90000));
  for (const std::size_t size : {std::size_t{1}, std::size_t{3000}, payload.size()}) {
    InflatePool pool({});
    Inflater inflater(pool, kTakesOver);
    Collector sink(1);
    inflater.begin_message();
    test::feed_parts(test::in_parts_of(payload, size), [&](std::string_view part) {
      CHECK(inflater.feed(as_bytes(part), sink) == InflateOutcome::good);
    });
    CHECK(inflater.end_message(sink) == InflateOutcome::good);
    CHECK(inflater.message_output() == first.size());
    CHECK(sink.text.size() < 20000);
    CHECK(first.starts_with(sink.text));
    CHECK(inflate(inflater, next) == Inflated{InflateOutcome::good, first.substr(90000)});
  }
}

TEST_CASE("a message that inflates without measure costs no more than the limit") {
  const std::string zeros(32 << 20, '\0');
  for (const DeflateParameters& parameters : {kAlone, kTakesOver}) {
    Deflater deflater(15);
    const std::string bomb = deflater.message(zeros);
    const InflateLimits limits;
    InflatePool pool(limits);
    for (const std::size_t size : {std::size_t{100}, std::size_t{5000}, bomb.size()}) {
      Inflater inflater(pool, parameters);
      const Inflated found = inflate(inflater, test::in_parts_of(bomb, size));
      CHECK(found.outcome == InflateOutcome::without_measure);
      CHECK(found.text.size() <= limits.ratio_from);
      CHECK(inflater.message_output() > limits.ratio_from);
      CHECK(inflater.message_output() <= limits.ratio_from + 32768);
      CHECK(inflater.memory() == 0);
      CHECK(inflate(inflater, kHello).outcome ==
            (parameters.takes_over ? InflateOutcome::shed : InflateOutcome::good));
    }
  }
}

TEST_CASE("limits are met exactly") {
  struct Row {
    std::string_view name;
    InflateLimits limits;
    std::size_t output;
    InflateOutcome outcome;
  };
  using enum InflateOutcome;
  // 1 MiB of zeros: more than 200 times its payload, less than 1100 times.
  constexpr std::size_t kSize = 1 << 20;
  const auto rows = std::to_array<Row>({
      {"as long as allowed", {.message = kSize}, kSize, good},
      {"a byte too long", {.message = kSize - 1}, kSize, shed},
      {"nothing is allowed, and nothing comes", {.message = 0}, 0, good},
      {"nothing is allowed", {.message = 0}, 1, shed},
      {"the ratio does not count yet", {.ratio_from = kSize}, kSize, good},
      {"the ratio counts for the last byte", {.ratio_from = kSize - 1}, kSize, without_measure},
      {"a ratio that is kept", {.ratio = 1100, .ratio_from = 0}, kSize, good},
      {"a ratio of nothing is one of 1", {.ratio = 0, .ratio_from = 0}, kSize, without_measure},
      {"both limits", {.message = 1, .ratio = 1, .ratio_from = 1}, kSize, without_measure},
      {"the largest numbers",
       {.message = std::numeric_limits<std::uint64_t>::max(),
        .ratio = std::numeric_limits<std::uint64_t>::max(),
        .ratio_from = 0},
       kSize,
       good},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Deflater deflater(15);
    const std::string payload = deflater.message(std::string(row.output, '\0'));
    InflatePool pool(row.limits);
    Inflater inflater(pool, kTakesOver);
    CHECK(inflate(inflater, payload).outcome == row.outcome);
    CHECK(pool.shed_messages() == (row.outcome == shed ? 1 : 0));
  }
}

TEST_CASE("a ratio that is met is kept, and one byte more is too much") {
  for (std::size_t size = 2000;; ++size) {
    const std::string payload = Deflater(15).message(std::string(size, '\0'));
    if (size % payload.size() != 0) continue;
    const std::uint64_t ratio = size / payload.size();
    for (const bool is_kept : {true, false}) {
      InflatePool pool({.ratio = is_kept ? ratio : ratio - 1, .ratio_from = 0});
      test::at_every_split(payload, [&](const test::Split& split) {
        Inflater inflater(pool, kAlone);
        CHECK(inflate(inflater, split).outcome ==
              (is_kept ? InflateOutcome::good : InflateOutcome::without_measure));
      });
    }
    return;
  }
}

TEST_CASE("corrupt bytes anywhere are judged alike at every cut, and nothing else happens") {
  std::mt19937 random(test::seed());
  const std::string text = random_text(random, 300);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED}) {
    for (const int level : {0, 6}) {
      Deflater deflater(15, level, strategy);
      const std::string first = deflater.message(text);
      const std::string second = deflater.message(text.substr(100) + "more");
      InflatePool pool({});
      for (std::size_t at = 0; at < second.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
          std::string damaged = second;
          damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ 1u << bit);
          const auto found = [&](const test::Split& split) {
            Inflater inflater(pool, {.window_bits = 10});
            inflate(inflater, first);
            return inflate(inflater, split);
          };
          const Inflated whole = found(test::whole(damaged));
          for (const std::size_t size : {std::size_t{1}, std::size_t{13}, at + 1})
            CHECK(found(test::in_parts_of(damaged, size)) == whole);
        }
      }
    }
  }
}

TEST_CASE("a message that was cut off is corrupt, wherever the cut is") {
  Deflater deflater(15);
  const std::string payload = deflater.message("a text, a text, and some more of a text");
  InflatePool pool({});
  for (std::size_t size = 0; size < payload.size(); ++size) {
    CAPTURE(size);
    Inflater inflater(pool, kAlone);
    CHECK(inflate(inflater, payload.substr(0, size)).outcome == InflateOutcome::corrupt);
  }
}

}  // namespace
}  // namespace lastframe::ws
