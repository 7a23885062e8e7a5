#include "core/session/direction_tracker.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "core/ws/frame_words.h"
#include "core/ws/masking.h"
#include "core/ws/rule_table.h"
#include "core/ws/stray_bytes.h"
#include "core/ws/utf8.h"

namespace lastframe::session {
namespace {

// A client's first masking keys are compared; then its frames can be skipped unseen.
constexpr std::uint8_t kWatchedKeys = 8;
constexpr std::uint8_t kKeysJudged = 0xFF;

// Fragments of one message that are worth a note: so many of a few bytes each, or so many empty.
constexpr std::uint32_t kManyFragments = 1000;
constexpr std::uint64_t kFewBytes = 16;
constexpr std::uint32_t kManyEmptyFragments = 100;

constexpr std::uint64_t kReasonableLength = 0x7FFF'FFFF;

// Payloads that the short way skips are not searched for interruptions, however they are cut.
constexpr std::uint64_t kLongestUnsearched = 125;

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

std::string header_bytes(const ws::FrameHeader& header) {
  std::array<std::byte, 14> bytes{};
  const std::size_t size = ws::encode_frame_header(header, bytes.data());
  return std::string(as_text(ByteView(bytes).first(size)));
}

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

}  // namespace

// What one call of feed() works on.
struct DirectionTracker::Feeding {
  TrackerEvents& events;
  const Interest& interest;
  ByteView chunk;
  ByteView rest;        // of the chunk
  std::uint64_t start;  // of the chunk, in the direction
  std::vector<ws::MessageFault> faults{};

  std::uint64_t position() const { return start + chunk.size() - rest.size(); }
};

void DirectionTracker::begin(const ws::NegotiatedExtensions& extensions,
                             ws::InflatePool* inflaters) {
  extensions_ = extensions;
  if (extensions.has_unknown) {
    message_.ignore_payloads();
  } else if (extensions.has_deflate && inflaters != nullptr) {
    message_.begin_deflate(*inflaters, extensions.deflate[index(sender(direction_))]);
  }
}

void DirectionTracker::feed(ByteView bytes, TrackerEvents& events, const Interest& interest) {
  if (strays_) strays_->take(bytes);
  Feeding feeding{
      .events = events, .interest = interest, .chunk = bytes, .rest = bytes, .start = bytes_};
  feed_frames(feeding);
  bytes_ += bytes.size();
}

// Most frames are short whole messages of which nobody wants to hear more than their number; most
// of the rest lie in one read as a whole and are taken in one step; the others come in parts.
void DirectionTracker::feed_frames(Feeding& feeding) {
  ws::WholeFrame frame;
  while (true) {
    if (is_ready_to_skip(feeding.interest)) {
      const std::uint64_t count = parser_.skip_short_messages(feeding.rest, sender(direction_));
      frames_ += count;
      messages_ += count;
    }
    const std::uint64_t at = feeding.position();
    if (parser_.next_whole(feeding.rest, frame)) {
      frame_offset_ = at;
      begin_frame(frame.header, feeding);
      if (ws::is_control(frame.header.opcode)) {
        take_control(frame.header, frame.payload, feeding);
      } else {
        take_payload({.bytes = frame.payload, .offset = 0}, feeding);
      }
      end_frame(feeding);
      continue;
    }
    if (feeding.rest.empty() && parser_.needs_bytes()) return;
    const auto event = parser_.next(feeding.rest);
    if (!event) return;
    if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) {
      frame_offset_ = feeding.position() - header->header_length;
      begin_frame(*header, feeding);
      if (ws::is_control(header->opcode)) {
        control_ = std::make_unique<ControlInProgress>();
        control_->header = *header;
      }
    } else if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
      take_payload(*part, feeding);
    } else {
      if (const auto control = std::exchange(control_, nullptr)) {
        take_control(control->header, ByteView(control->payload).first(control->size), feeding);
      }
      end_frame(feeding);
    }
  }
}

bool DirectionTracker::is_ready_to_skip(const Interest& interest) const {
  const bool is_key_judged = direction_ == Direction::server_to_client || keys_seen_ == kKeysJudged;
  return is_key_judged && !message_.is_open() && !is_untrusted_ && !has_close_ &&
         !interest.frames && !interest.messages && !(strays_ && strays_->has_interruption());
}

void DirectionTracker::begin_frame(const ws::FrameHeader& header, Feeding& feeding) {
  ++frames_;
  payload_length_ = header.payload_length;
  header_length_ = header.header_length;
  is_masked_ = header.masking_key.has_value();
  if (is_masked_) masking_key_ = *header.masking_key;
  first_byte_ =
      static_cast<std::uint8_t>((header.fin ? 0x80u : 0u) | static_cast<unsigned>(header.rsv << 4) |
                                static_cast<unsigned>(header.opcode));
  if (!is_untrusted_) judge(header, feeding);
  const bool is_data = !ws::is_control(header.opcode) && !ws::is_reserved(header.opcode);
  is_data_frame_ = !is_untrusted_ && is_data &&
                   (header.opcode != ws::Opcode::continuation || message_.is_open());
  if (is_data_frame_) {
    message_.begin_frame(header);
    judge_sizes(header, feeding);
  }
  if (feeding.interest.frames) {
    feeding.events.frame_seen({.direction = direction_,
                               .header = header,
                               .frame = frames_,
                               .message = is_data_frame_ ? messages_ + 1 : 0,
                               .offset = frame_offset_});
  }
}

void DirectionTracker::take_payload(const ws::PayloadPart& part, Feeding& feeding) {
  if (control_) {
    const auto room = std::span(control_->payload).subspan(control_->size);
    const ByteView bytes = part.bytes.first(std::min(part.bytes.size(), room.size()));
    std::ranges::copy(bytes, room.begin());
    control_->size = static_cast<std::uint8_t>(control_->size + bytes.size());
    return;
  }
  if (!is_data_frame_) return;
  message_.take({.bytes = part.bytes,
                 .offset = part.offset,
                 .masking_key = is_masked_ ? std::optional(masking_key_) : std::nullopt},
                feeding.faults);
  if (!feeding.faults.empty()) report_message_faults(feeding);
  if (direction_ == Direction::server_to_client && payload_length_ > kLongestUnsearched) {
    look_for_interruption(part, feeding);
  }
}

// A hop that gives up while a message is passing writes its error page into the middle of a frame.
void DirectionTracker::look_for_interruption(const ws::PayloadPart& part, Feeding& feeding) {
  if (part.offset == 0) interruptions_.reset();
  const auto found = interruptions_.feed(part.bytes);
  if (!found) return;
  const std::uint64_t payload_start = frame_offset_ + header_length_;
  Excerpt excerpt = excerpt_from(payload_start + *found + ws::kInterruptionSize, feeding);
  excerpt.offset = payload_start + *found;
  const auto beginning = interruptions_.beginning();
  excerpt.bytes.insert(0, as_text(beginning));
  excerpt.bytes.resize(std::min(excerpt.bytes.size(), ws::kStrayWindow));
  strays().begin_interruption(std::move(excerpt));
}

void DirectionTracker::end_frame(Feeding& feeding) {
  if (!is_data_frame_) return;
  const bool has_ended = message_.end_frame(payload_length_, feeding.faults);
  if (!feeding.faults.empty()) report_message_faults(feeding);
  if (!has_ended) return;
  ++messages_;
  if (!feeding.interest.messages) return;
  feeding.events.message_seen({.direction = direction_,
                               .opcode = message_.opcode(),
                               .is_compressed = message_.is_compressed(),
                               .size = message_.size(),
                               .fragments = message_.fragments(),
                               .message = messages_});
}

void DirectionTracker::judge(const ws::FrameHeader& header, Feeding& feeding) {
  if (is_masked_ && keys_seen_ != kKeysJudged) watch_masking_key(header, feeding);
  const bool is_data_in_order = (header.opcode == ws::Opcode::continuation) == message_.is_open();
  const bool is_expected = ws::is_ordinary(header, context()) && !has_close_ &&
                           (ws::is_control(header.opcode) || is_data_in_order);
  ws::RuleSet broken;
  if (!is_expected) {
    broken = ws::broken_rules(header, context());
    judge_place(header, broken);
  }
  if (broken.is_empty()) {
    if (strays_) strays_->forget_interruption();
    return;
  }
  say(broken, feeding.events);
  if (ws::ends_trust(header, context())) lose_trust(feeding);
}

// RFC 6455 section 5.5.1: "The application MUST NOT send any more data frames after sending a Close
// frame." A Ping or Pong may follow until the other side's Close is there.
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
    say(ws::Rule::length_beyond_reason, frame_offset_, bytes_text(header.payload_length),
        feeding.events);
  }
}

void DirectionTracker::watch_masking_key(const ws::FrameHeader& header, Feeding& feeding) {
  if (keys_seen_ == 0) first_key_ = *header.masking_key;
  if (first_key_ != *header.masking_key) {
    keys_seen_ = kKeysJudged;
    return;
  }
  if (++keys_seen_ < kWatchedKeys) return;
  keys_seen_ = kKeysJudged;
  if (direction_ == Direction::server_to_client) return;
  const bool is_zero = first_key_ == ws::MaskingKey{};
  say(ws::Rule::masking_key_predictable, frame_offset_, is_zero ? "all of them are zero" : "",
      feeding.events);
}

void DirectionTracker::lose_trust(const Feeding& feeding) {
  is_untrusted_ = true;
  message_.lose_track();
  strays().begin_break(excerpt_from(frame_offset_, feeding));
}

// Of the bytes before the chunk, only those of the header in hand can be asked for.
Excerpt DirectionTracker::excerpt_from(std::uint64_t offset, const Feeding& feeding) const {
  Excerpt excerpt{.offset = offset, .frame = frames_, .bytes = {}};
  if (offset < feeding.start) {
    excerpt.bytes = header_bytes(header()).substr(0, feeding.start - offset);
    offset = feeding.start;
  }
  const ByteView rest = feeding.chunk.subspan(static_cast<std::size_t>(offset - feeding.start));
  excerpt.bytes += as_text(rest.first(std::min(rest.size(), ws::kStrayWindow)));
  return excerpt;
}

ws::FrameContext DirectionTracker::context() const {
  return {.sender = sender(direction_),
          .is_in_message = message_.is_open(),
          .has_deflate = extensions_.has_deflate,
          .has_unknown_extension = extensions_.has_unknown};
}

ws::FrameHeader DirectionTracker::header() const {
  return {.fin = (first_byte_ & 0x80u) != 0,
          .rsv = static_cast<std::uint8_t>(first_byte_ >> 4 & 0x7u),
          .opcode = static_cast<ws::Opcode>(first_byte_ & 0xFu),
          .header_length = header_length_,
          .payload_length = payload_length_,
          .masking_key = is_masked_ ? std::optional(masking_key_) : std::nullopt};
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
                                 .frame = frames_,
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
  feeding.events.close_found(sender(direction_), {.body = std::move(body), .frame = frames_});
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
                      .frame = frames_,
                      .offset = offset,
                      .detail = std::move(detail),
                      .bytes = header_bytes(header())});
}

void DirectionTracker::say(const ws::RuleSet& broken, TrackerEvents& events) const {
  if (broken.is_empty()) return;
  for (const ws::RuleRow& row : ws::kRules) {
    if (!broken.has(row.rule)) continue;
    say(row.rule, frame_offset_, ws::fault_words(row.rule, header()), events);
  }
}

StrayWatch& DirectionTracker::strays() {
  if (!strays_) strays_ = std::make_unique<StrayWatch>();
  return *strays_;
}

void DirectionTracker::report_stray_bytes(std::vector<StraySeen>& seen) const {
  if (strays_) strays_->report(sender(direction_), bytes_, is_mid_frame(), seen);
}

void DirectionTracker::end(TrackerEvents& events) {
  if (!is_mid_frame()) return;
  const std::size_t partial_header = parser_.partial_header_size();
  if (partial_header > 0) {
    events.rule_broken({.rule = ws::Rule::frame_cut_off,
                        .side = sender(direction_),
                        .frame = frames_ + 1,
                        .offset = bytes_ - partial_header,
                        .detail = "after " + bytes_text(partial_header) + " of its header"});
    return;
  }
  const std::uint64_t missing = frame_offset_ + header_length_ + payload_length_ - bytes_;
  say(ws::Rule::frame_cut_off, frame_offset_, bytes_text(missing) + " of its payload are missing",
      events);
}

}  // namespace lastframe::session
