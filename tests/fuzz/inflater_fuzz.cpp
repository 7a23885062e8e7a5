// Any bytes are compressed messages. What is said of them and shown of them depends neither on how
// they are cut nor on what the pool has taken away in between, it is what zlib alone makes of the
// stream, and the memory stays within its limit.
//
// Behind the size of the chunks stand: one byte for window bits (low three), takeover (0x08), a
// Sink that stops after a while (0x10) and low limits (0x20); then messages: two bytes of length,
// the high one first, and so many bytes of payload (or as many as there are).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/inflater.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "support/inflate_reference.h"

namespace lastframe::fuzz {
namespace {

struct Script {
  ws::DeflateParameters parameters;
  ws::InflateLimits limits;
  std::size_t enough = 0;  // bytes that a Sink takes; 0: all
  std::vector<std::string_view> messages;
};

Script script_of(std::string_view bytes) {
  Script script;
  const unsigned flags = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  script.parameters = {.window_bits = static_cast<std::uint8_t>(8 + (flags & 7)),
                       .takes_over = (flags & 0x08) != 0};
  script.limits = {.memory = 200'000, .message = 1 << 20, .ratio = 500, .ratio_from = 1 << 18};
  if ((flags & 0x10) != 0) script.enough = 20;
  if ((flags & 0x20) != 0) {
    script.limits.message = 5000;
    script.limits.ratio = 10;
    script.limits.ratio_from = 500;
  }
  bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 1));
  while (bytes.size() >= 2) {
    const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 |
                               static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    script.messages.push_back(bytes.substr(0, length));
    bytes.remove_prefix(script.messages.back().size());
  }
  return script;
}

class Collector : public ws::Inflater::Sink {
 public:
  explicit Collector(std::size_t enough) : enough_(enough) {}
  bool take(ByteView inflated) override {
    require(!inflated.empty());
    require(!has_stopped_);
    text += as_text(inflated);
    has_stopped_ = enough_ > 0 && text.size() >= enough_;
    return !has_stopped_;
  }
  std::string text;

 private:
  std::size_t enough_;
  bool has_stopped_ = false;
};

struct Reading {
  struct Message {
    ws::InflateOutcome outcome;
    std::string text;
    std::uint64_t output;

    bool operator==(const Message&) const = default;
  };
  std::vector<Message> messages;
  std::uint64_t shed = 0;

  bool operator==(const Reading&) const = default;
};

Reading read(const Script& script, std::size_t chunk_size, std::size_t idle_states) {
  Reading reading;
  ws::InflateLimits limits = script.limits;
  limits.idle_states = idle_states;
  ws::InflatePool pool(limits);
  {
    ws::Inflater inflater(pool, script.parameters);
    for (const std::string_view message : script.messages) {
      Collector sink(script.enough);
      auto outcome = ws::InflateOutcome::good;
      inflater.begin_message();
      feed_chunks(message, chunk_size, [&](std::string_view chunk) {
        const auto now = inflater.feed(as_bytes(chunk), sink);
        require(outcome == ws::InflateOutcome::good || now == outcome);
        outcome = now;
        require(pool.memory() <= limits.memory);
        require(inflater.memory() <= pool.memory());
      });
      const auto last = inflater.end_message(sink);
      require(outcome == ws::InflateOutcome::good || last == outcome);
      require(pool.memory() <= limits.memory);
      require(sink.text.size() <= inflater.message_output());
      reading.messages.push_back({last, sink.text, inflater.message_output()});
    }
  }
  require(pool.memory() <= 2 * std::size_t{45'000});
  reading.shed = pool.shed_messages();
  return reading;
}

void check(const Input& input) {
  const Script script = script_of(input.bytes);
  const Watermark watermark;
  const Reading whole = read(script, input.bytes.size() + 1, 32);
  // The pool has its budget and its scratch; what is shown is kept here.
  std::size_t shown = 0;
  for (const auto& message : whole.messages) shown += message.text.size();
  require(watermark.height() <=
          static_cast<std::ptrdiff_t>(script.limits.memory + 40'000 + 4 * shown +
                                      200 * whole.messages.size() + input.bytes.size()));
  require(read(script, input.chunk_size, 32) == whole);
  require(read(script, input.chunk_size, 0) == whole);
  test::InflateReference reference;
  std::uint64_t shed = 0;
  bool is_context_known = true;
  for (std::size_t i = 0; i < whole.messages.size(); ++i) {
    const Reading::Message& message = whole.messages[i];
    if (message.outcome == ws::InflateOutcome::shed) ++shed;
    require(message.output <= script.limits.message + 32768);
    if (script.parameters.takes_over && !is_context_known) {
      require(message.outcome == ws::InflateOutcome::shed);
      continue;
    }
    if (message.outcome != ws::InflateOutcome::good) {
      is_context_known = false;
      continue;
    }
    if (!script.parameters.takes_over) reference.forget();
    const auto [text, fault] = reference.message(script.messages[i]);
    require(fault == test::InflateFault::none);
    require(message.output == text.size());
    require(script.enough > 0 ? text.starts_with(message.text) : text == message.text);
  }
  require(whole.shed == shed);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
