// Any frames are the messages of one direction, in fragments, compressed, masked. What is said of
// them depends neither on how payloads are cut nor on what the pool has taken away in between, and
// it is what is said of each message in one piece: by zlib, and by RFC 3629 written out.
//
// Input: the chunk size; a byte of options (low three bits: window bits, 0x08: context takeover,
// 0x10: low limits, 0x20: permessage-deflate was not negotiated); then frames. Of each, one byte:
// bits 0 and 1: continuation, text, binary, or the direction lost track here (and nothing follows);
// 0x04: RSV1, 0x08: FIN, 0x10: masked, 0x20: the payload is to be compressed first, 0x40: repeated,
// 0x80: two bytes of length. Then, as these say, the key, the times, the length, and the payload as
// it is before masking.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ws/inflate_pool.h"
#include "core/ws/masking.h"
#include "core/ws/message_tracker.h"
#include "fuzz/chunks.h"
#include "support/deflater.h"
#include "support/inflate_reference.h"
#include "support/utf8_reference.h"

namespace lastframe::fuzz {
namespace {

using ws::Opcode;
using ws::Rule;

// What a script holds in all, for a second of fuzzing.
constexpr std::size_t kMostPayload = 256 * 1024;

struct Frame {
  bool is_lost_track = false;
  ws::FrameHeader header;
  std::string plain;  // the payload before masking
  std::string wire;
};

struct Script {
  ws::DeflateParameters parameters;
  ws::InflateLimits limits;
  bool has_deflate = true;
  std::vector<Frame> frames;
};

class ScriptReader {
 public:
  explicit ScriptReader(std::string_view bytes) : bytes_(bytes) {}

  Script read() {
    const unsigned options = number(1);
    script_.parameters = {.window_bits = static_cast<std::uint8_t>(8 + (options & 7)),
                          .takes_over = (options & 0x08) != 0};
    script_.limits = {.memory = 200'000, .message = 1 << 20, .ratio = 500, .ratio_from = 1 << 18};
    if ((options & 0x10) != 0) {
      script_.limits.message = 5000;
      script_.limits.ratio = 10;
      script_.limits.ratio_from = 500;
    }
    script_.has_deflate = (options & 0x20) == 0;
    while (!bytes_.empty() && size_ < kMostPayload) script_.frames.push_back(frame());
    return std::move(script_);
  }

 private:
  unsigned number(std::size_t size) {
    unsigned value = 0;
    for (const char byte : taken(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

  std::string_view taken(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  Frame frame() {
    const unsigned flags = number(1);
    if ((flags & 3) == 3) {
      is_open_ = false;
      return {.is_lost_track = true, .header = {}, .plain = {}, .wire = {}};
    }
    Frame frame;
    // A continuation of nothing does not come here: DirectionTracker leaves it out.
    const auto opcode = static_cast<Opcode>(is_open_ ? flags & 3 : std::max(flags & 3, 1u));
    frame.header.fin = (flags & 0x08) != 0;
    frame.header.rsv = (flags & 0x04) != 0 ? ws::kRsv1 : std::uint8_t{0};
    frame.header.opcode = opcode;
    if ((flags & 0x10) != 0) {
      ws::MaskingKey key{};
      std::ranges::transform(taken(4), key.begin(), [](char c) { return std::byte(c); });
      frame.header.masking_key = key;
    }
    const unsigned times = (flags & 0x40) != 0 ? number(1) : 1;
    const std::string_view once = taken(number((flags & 0x80) != 0 ? 2 : 1));
    for (unsigned i = 0; i < times && frame.plain.size() < kMostPayload; ++i) frame.plain += once;
    if (opcode != Opcode::continuation) begin_message(frame.header);
    if (is_compressed_ && (flags & 0x20) != 0) frame.plain = compressed(frame);
    frame.header.payload_length = frame.plain.size();
    size_ += frame.plain.size();
    frame.wire = masked(frame);
    is_open_ = !frame.header.fin;
    return frame;
  }

  void begin_message(const ws::FrameHeader& header) {
    is_compressed_ = (header.rsv & ws::kRsv1) != 0;
    if (deflater_ && !script_.parameters.takes_over) deflater_->forget();
  }

  std::string compressed(const Frame& frame) {
    if (!deflater_) deflater_ = std::make_unique<test::Deflater>(script_.parameters.window_bits);
    std::string payload = deflater_->compressed(frame.plain, Z_SYNC_FLUSH);
    if (!frame.header.fin) return payload;
    if (payload.empty()) return std::string(1, '\0');
    payload.resize(payload.size() - 4);
    return payload;
  }

  static std::string masked(const Frame& frame) {
    std::string wire = frame.plain;
    for (std::size_t i = 0; frame.header.masking_key && i < wire.size(); ++i) {
      wire[i] = static_cast<char>(std::byte(wire[i]) ^ (*frame.header.masking_key)[i % 4]);
    }
    return wire;
  }

  std::string_view bytes_;
  Script script_;
  std::unique_ptr<test::Deflater> deflater_;
  std::size_t size_ = 0;
  bool is_open_ = false;
  bool is_compressed_ = false;
};

struct Said {
  std::size_t frame;
  Rule rule;
  std::optional<std::uint64_t> payload_offset;
  std::string detail;

  bool operator==(const Said&) const = default;
};

struct Message {
  Opcode opcode = Opcode::text;
  bool is_compressed = false;
  bool has_ended = false;
  std::size_t first_frame = 0;
  std::size_t end_frame = 0;   // behind its last one
  std::uint64_t inflated = 0;  // bytes
  std::uint64_t not_inflated = 0;
  std::vector<Said> said;

  bool operator==(const Message&) const = default;
  const Said* about(Rule rule) const {
    const auto it = std::ranges::find(said, rule, &Said::rule);
    return it == said.end() ? nullptr : &*it;
  }
};

class Reading {
 public:
  Reading(const Script& script, std::size_t chunk_size, std::size_t idle_states) {
    ws::InflateLimits limits = script.limits;
    limits.idle_states = idle_states;
    ws::InflatePool pool(limits);
    ws::MessageTracker tracker;
    if (script.has_deflate) tracker.begin_deflate(pool, script.parameters);
    std::vector<ws::MessageFault> faults;
    for (std::size_t i = 0; i < script.frames.size(); ++i) {
      const Frame& frame = script.frames[i];
      if (frame.is_lost_track) {
        tracker.lose_track();
        require(!tracker.is_open());
        continue;
      }
      if (frame.header.opcode != Opcode::continuation) {
        Message& message = messages.emplace_back();
        message.opcode = frame.header.opcode;
        message.is_compressed = (frame.header.rsv & ws::kRsv1) != 0;
        message.first_frame = i;
      }
      tracker.begin_frame(frame.header);
      require(tracker.is_open());
      std::uint64_t offset = 0;
      feed_chunks(frame.wire, chunk_size, [&](std::string_view chunk) {
        tracker.take(
            {.bytes = as_bytes(chunk), .offset = offset, .masking_key = frame.header.masking_key},
            faults);
        offset += chunk.size();
        require(pool.memory() <= limits.memory);
      });
      const bool has_ended = tracker.end_frame(frame.wire.size(), faults);
      require(has_ended == frame.header.fin && has_ended != tracker.is_open());
      require(pool.memory() <= limits.memory);
      note(i, has_ended, tracker, faults);
    }
    require(tracker.compression() == nullptr || tracker.compression()->messages <= messages.size());
    require((tracker.compression() != nullptr) == script.has_deflate);
  }

  std::vector<Message> messages;

  bool operator==(const Reading& other) const { return messages == other.messages; }

 private:
  void note(std::size_t frame, bool has_ended, const ws::MessageTracker& tracker,
            std::vector<ws::MessageFault>& faults) {
    Message& message = messages.back();
    message.has_ended = has_ended;
    message.end_frame = frame + 1;
    require(tracker.opcode() == message.opcode);
    require(tracker.is_compressed() == message.is_compressed);
    require(tracker.fragments() == message.end_frame - message.first_frame);
    for (ws::MessageFault& fault : faults) {
      message.said.push_back({.frame = frame,
                              .rule = fault.rule,
                              .payload_offset = fault.payload_offset,
                              .detail = std::move(fault.detail)});
    }
    faults.clear();
    if (const auto* counts = tracker.compression()) {
      message.inflated += counts->inflated - last_.inflated;
      message.not_inflated += counts->not_inflated - last_.not_inflated;
      last_ = *counts;
    }
  }

  ws::CompressionCounts last_;
};

// Holds what was said of messages in parts against each in one piece.
class Judge {
 public:
  explicit Judge(const Script& script) : script_(script) {}

  void judge(const Reading& reading) {
    for (std::size_t i = 0; i < reading.messages.size(); ++i) {
      const Message& message = reading.messages[i];
      check_once_each(message);
      std::string payload;
      for (std::size_t at = message.first_frame; at < message.end_frame; ++at) {
        payload += script_.frames[at].plain;
      }
      if (has_lost_track_before(message.first_frame)) is_context_known_ = false;
      if (!message.is_compressed) {
        judge_plain(message, payload);
      } else if (script_.has_deflate) {
        judge_compressed(message, payload);
      } else {
        require(message.said.empty());
      }
    }
  }

 private:
  static void check_once_each(const Message& message) {
    for (std::size_t i = 0; i < message.said.size(); ++i) {
      const Said& said = message.said[i];
      require(message.about(said.rule) == &said);
      require(said.frame >= message.first_frame && said.frame < message.end_frame);
      require(i == 0 || message.said[i - 1].frame <= said.frame);
      require(said.detail.size() < 200);
    }
  }

  // Whether the direction lost track since the last call.
  bool has_lost_track_before(std::size_t until) {
    bool is_lost = false;
    for (; next_frame_ < until; ++next_frame_) is_lost |= script_.frames[next_frame_].is_lost_track;
    return is_lost;
  }

  void judge_plain(const Message& message, std::string_view text) {
    require(message.inflated == 0 && message.not_inflated == 0);
    const std::optional<Said> fault = fault_of_text(message, text, text.size());
    judge_text(message, text, fault);
    require(message.said.size() ==
            (fault ? 1u : 0u) + (message.about(Rule::text_begins_with_bom) != nullptr ? 1u : 0u));
  }

  // `known`: how much of the content was looked at.
  std::optional<Said> fault_of_text(const Message& message, std::string_view text,
                                    std::size_t known) const {
    if (message.opcode != Opcode::text) return std::nullopt;
    const test::Utf8Reading reading = test::read_utf8(text.substr(0, known));
    if (!reading.fault) {
      const bool is_all = message.has_ended && known == text.size();
      if (!is_all || reading.is_between_characters) return std::nullopt;
      return Said{.frame = message.end_frame - 1,
                  .rule = Rule::text_not_utf8,
                  .payload_offset = script_.frames[message.end_frame - 1].plain.size(),
                  .detail = "the message ends inside a character"};
    }
    Said said{.frame = message.first_frame,
              .rule = Rule::text_not_utf8,
              .payload_offset = *reading.fault,
              .detail = "at byte " + std::to_string(*reading.fault) +
                        (message.is_compressed ? " of the inflated message" : " of the message")};
    while (*said.payload_offset >= script_.frames[said.frame].plain.size()) {
      *said.payload_offset -= script_.frames[said.frame].plain.size();
      if (++said.frame == message.end_frame) break;
    }
    return said;
  }

  static void judge_text(const Message& message, std::string_view known,
                         const std::optional<Said>& fault) {
    const Said* const said = message.about(Rule::text_not_utf8);
    require((said != nullptr) == fault.has_value());
    if (said != nullptr && message.is_compressed) {
      // No byte of the payload is the one at fault.
      require(said->detail == fault->detail && !said->payload_offset);
    } else if (said != nullptr) {
      require(*said == *fault);
    }
    require((message.about(Rule::text_begins_with_bom) != nullptr) ==
            (message.opcode == Opcode::text && known.starts_with("\xEF\xBB\xBF")));
  }

  void judge_compressed(const Message& message, std::string_view payload) {
    if (!script_.parameters.takes_over) {
      reference_.forget();
      is_context_known_ = true;
    }
    if (!is_context_known_) {
      require(message.said.empty() && message.inflated == 0 && message.not_inflated <= 1);
      require(message.not_inflated == 1 || !message.has_ended);
      return;
    }
    const test::Inflated expected = reference_.message(payload);
    require(message.inflated <= expected.text.size());
    const std::string_view known(expected.text.data(), static_cast<std::size_t>(message.inflated));
    const bool is_good = judge_outcome(message, expected);
    if (!message.has_ended || !is_good) is_context_known_ = false;
    // An end inside a character counts only where the whole message was inflated.
    Message as_judged = message;
    as_judged.has_ended = message.has_ended && is_good;
    judge_text(message, known, fault_of_text(as_judged, expected.text, known.size()));
    const bool is_gzip = known.starts_with("\x1F\x8B\x08");
    const bool is_zlib = known.size() >= 2 && known[0] == '\x78' &&
                         (0x7800 + static_cast<unsigned char>(known[1])) % 31 == 0;
    require((message.about(Rule::compressed_twice) != nullptr) == (is_gzip || is_zlib));
  }

  // Whether all went well with inflating it.
  bool judge_outcome(const Message& message, const test::Inflated& expected) const {
    const bool is_corrupt = message.about(Rule::payload_not_deflate) != nullptr;
    const bool is_lost = message.about(Rule::deflate_context_lost) != nullptr;
    const bool is_exceeded = message.about(Rule::deflate_window_exceeded) != nullptr;
    const bool is_without_measure = message.about(Rule::inflates_without_measure) != nullptr;
    const bool is_shed = message.not_inflated > 0;
    require(is_corrupt + is_lost + is_exceeded + is_without_measure + is_shed <= 1);
    const bool is_limited = is_without_measure || is_shed;
    // zlib at 15 bits reaches all that there is; a smaller window may end before.
    if (is_exceeded) require(script_.parameters.window_bits < 15);
    if (is_lost) require(expected.fault == test::InflateFault::too_far_back);
    if (is_corrupt) {
      require(expected.fault == test::InflateFault::corrupt ||
              expected.fault == test::InflateFault::ends_inside_block);
    }
    if (is_limited) require(expected.text.size() > limit());
    const bool is_good = !is_corrupt && !is_lost && !is_exceeded && !is_limited;
    if (message.has_ended && is_good) {
      require(expected.fault == test::InflateFault::none);
      require(message.inflated == expected.text.size());
    }
    return is_good;
  }

  // No message is given up for what it inflates to before it has so many bytes.
  std::uint64_t limit() const {
    return std::min(script_.limits.message, script_.limits.ratio_from);
  }

  const Script& script_;
  test::InflateReference reference_;
  std::size_t next_frame_ = 0;
  bool is_context_known_ = true;
};

void check(const Input& input) {
  const Script script = ScriptReader(input.bytes).read();
  const Reading whole(script, kMostPayload * 2, 32);
  require(Reading(script, input.chunk_size, 32) == whole);
  require(Reading(script, input.chunk_size, 0) == whole);
  Judge(script).judge(whole);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
