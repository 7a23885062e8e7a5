// What the frames of a direction break: judged and told.
#include <algorithm>
#include <string>
#include <utility>

#include "core/base/words.h"
#include "core/session/direction_tracker.h"
#include "core/ws/frame_words.h"
#include "core/ws/masking.h"
#include "core/ws/rule_table.h"
#include "core/ws/utf8.h"

namespace lastframe::session {
namespace {

// Fragments of one message that are worth a note: so many of a few bytes each, or so many empty.
constexpr std::uint32_t kManyFragments = 1000;
constexpr std::uint64_t kFewBytes = 16;
constexpr std::uint32_t kManyEmptyFragments = 100;

constexpr std::uint64_t kReasonableLength = 0x7FFF'FFFF;

// A reason that we have cut must not look broken by that: up to three bytes of a character go too.
std::string without_cut_character(std::string reason) {
  for (std::size_t cut = 0; cut <= 3 && cut <= reason.size(); ++cut) {
    const std::string_view rest = std::string_view(reason).substr(0, reason.size() - cut);
    if (ws::is_valid_utf8(rest)) return std::string(rest);
  }
  return reason;
}

// FNV-1a: equal payloads have equal digests; others hardly ever.
std::uint64_t digest(ByteView payload) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const std::byte byte : payload) {
    value = (value ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  }
  return value;
}

}  // namespace

void DirectionTracker::judge(const ws::FrameHeader& header, Feeding& feeding) {
  // Behind bytes that were missed, whether a message is open shows with the first data frame.
  const bool is_continuation = header.opcode == ws::Opcode::continuation;
  const bool is_order_known = !std::exchange(
      is_order_unknown_,
      is_order_unknown_ && (ws::is_control(header.opcode) || (is_continuation && !header.fin)));
  const bool is_data_in_order = is_continuation == message_.is_open() || !is_order_known;
  ws::FrameContext context = this->context();
  if (!is_order_known) context.is_in_message = is_continuation;
  const bool is_expected = ws::is_ordinary(header, context) && !has_close_ &&
                           (ws::is_control(header.opcode) || is_data_in_order);
  ws::RuleSet broken;
  if (!is_expected) {
    broken = ws::broken_rules(header, context);
    judge_place(header, broken);
  }
  if (broken.is_empty()) {
    if (trouble_) trouble_->strays.forget_interruption();
    return;
  }
  say(broken, feeding.events);
  if (ws::ends_trust(broken, header, context)) lose_trust(feeding);
}

// RFC 6455 section 5.5.1: "The application MUST NOT send any more data frames after sending a Close
// frame." A Pong may follow, and a Ping until the other side's Close has passed, too.
void DirectionTracker::judge_place(const ws::FrameHeader& header, ws::RuleSet& broken) const {
  if (!has_close_) return;
  if (!ws::is_control(header.opcode)) return broken.add(ws::Rule::data_after_close);
  const bool is_late = header.opcode == ws::Opcode::ping && is_other_side_closed_;
  if (header.opcode == ws::Opcode::close || is_late) {
    broken.add(ws::Rule::frame_after_closing_handshake);
  }
}

// Legal, and a load for many receivers.
void DirectionTracker::judge_sizes(const ws::FrameHeader& header, Feeding& feeding) {
  const std::uint32_t fragments = message_.fragments();
  if (fragments == kManyFragments && message_.size() < kFewBytes * kManyFragments) {
    say(ws::Rule::fragment_flood, frame_offset_, "1000 fragments of less than 16 bytes on average",
        feeding.events);
  }
  if (fragments == kManyEmptyFragments && message_.size() == 0) {
    say(ws::Rule::fragment_flood, frame_offset_, "100 empty fragments", feeding.events);
  }
  if (header.payload_length > kReasonableLength && (header.payload_length >> 63) == 0) {
    say(ws::Rule::length_beyond_reason, frame_offset_, in_bytes(header.payload_length),
        feeding.events);
  }
}

// Called before the frame's key is the one in hand.
void DirectionTracker::watch_masking_key(const ws::FrameHeader& header, Feeding& feeding) {
  if (equal_keys_ > 0 && masking_key_ != *header.masking_key) {
    equal_keys_ = kKeysJudged;
    return;
  }
  if (++equal_keys_ < kWatchedKeys) return;
  equal_keys_ = kKeysJudged;
  if (direction_ == Direction::server_to_client) return;
  const bool is_zero = *header.masking_key == ws::MaskingKey{};
  say(ws::Rule::masking_key_predictable, frame_offset_, is_zero ? "all of them are zero" : "",
      feeding.events);
}

// Once the direction is untrusted, only what looks right in every point counts as a Close: stray
// bytes rarely do.
void DirectionTracker::take_control(const ws::FrameHeader& header, ByteView payload,
                                    Feeding& feeding) {
  if (is_untrusted_ && !ws::is_ordinary(header, sender(direction_))) return;
  std::array<std::byte, ws::kLongestControlPayload> plain{};
  payload = payload.first(std::min(payload.size(), plain.size()));
  if (header.masking_key) {
    ws::unmask(payload, *header.masking_key, 0, plain);
    payload = ByteView(plain).first(payload.size());
  }
  if (header.opcode == ws::Opcode::close) return take_close(header, payload, feeding);
  if (is_untrusted_ || ws::is_reserved(header.opcode)) return;
  feeding.events.heartbeat_seen({.sender = sender(direction_),
                                 .opcode = header.opcode,
                                 .payload = digest(payload),
                                 .frame = frames(),
                                 .offset = frame_offset_});
}

void DirectionTracker::take_close(const ws::FrameHeader& header, ByteView payload,
                                  Feeding& feeding) {
  ws::CloseBody body = ws::decode_close_body(payload);
  auto* status = std::get_if<ws::StatusAndReason>(&body);
  if (status != nullptr && header.payload_length > ws::kLongestControlPayload) {
    status->reason = without_cut_character(std::move(status->reason));
  }
  const ws::RuleSet broken = ws::broken_rules(body);
  if (is_untrusted_ && !broken.is_empty()) return;
  for (const ws::RuleRow& row : ws::kRules) {
    if (!broken.has(row.rule)) continue;
    std::uint64_t offset = frame_offset_;
    std::string detail;
    if (row.rule == ws::Rule::close_reason_not_utf8) {
      ws::Utf8Stream text;
      const std::size_t place = text.feed(as_bytes(status->reason)).value_or(status->reason.size());
      offset += header.header_length + 2u + place;
      detail = "at byte " + std::to_string(place) + " of the reason";
    } else if (status != nullptr) {
      detail = "code " + std::to_string(static_cast<unsigned>(status->code));
    }
    say(row.rule, offset, std::move(detail), feeding.events);
  }
  if (message_.is_open() && !has_close_ && !is_untrusted_) {
    say(ws::Rule::close_inside_message, frame_offset_, {}, feeding.events);
  }
  if (std::exchange(has_close_, true)) return;
  feeding.events.close_found(sender(direction_), {.body = std::move(body), .frame = frames()});
}

void DirectionTracker::report_message_faults(Feeding& feeding) {
  for (ws::MessageFault& fault : feeding.faults) {
    std::uint64_t offset = frame_offset_;
    if (fault.payload_offset) offset += header_length_ + *fault.payload_offset;
    if (fault.rule == ws::Rule::text_not_utf8 && fault.payload_offset &&
        *fault.payload_offset < payload_length_) {
      strays().begin_text_fault({.excerpt = excerpt_from(offset, feeding),
                                 .payload_offset = *fault.payload_offset,
                                 .payload_left = payload_length_ - *fault.payload_offset,
                                 .key = is_masked_ ? std::optional(masking_key_) : std::nullopt});
    }
    say(fault.rule, offset, std::move(fault.detail), feeding.events);
  }
  feeding.faults.clear();
}

void DirectionTracker::say(ws::Rule rule, std::uint64_t offset, std::string detail,
                           TrackerEvents& events) const {
  events.rule_broken({.rule = rule,
                      .side = sender(direction_),
                      .frame = frames(),
                      .offset = offset,
                      .detail = std::move(detail),
                      .bytes = ws::header_bytes(header())});
}

void DirectionTracker::say(const ws::RuleSet& broken, TrackerEvents& events) const {
  if (broken.is_empty()) return;
  for (const ws::RuleRow& row : ws::kRules) {
    if (!broken.has(row.rule)) continue;
    say(row.rule, frame_offset_, ws::fault_words(row.rule, header()), events);
  }
}

void DirectionTracker::end(TrackerEvents& events) {
  if (!is_mid_frame()) return;
  const std::size_t partial_header = parser_.partial_header_size();
  if (partial_header > 0) {
    events.rule_broken({.rule = ws::Rule::frame_cut_off,
                        .side = sender(direction_),
                        .frame = frames() + 1,
                        .offset = bytes_ - partial_header,
                        .detail = "after " + in_bytes(partial_header) + " of its header"});
    return;
  }
  const std::uint64_t missing = frame_offset_ + header_length_ + payload_length_ - bytes_;
  say(ws::Rule::frame_cut_off, frame_offset_, in_bytes(missing) + " of its payload are missing",
      events);
}

}  // namespace lastframe::session
