#include "core/session/direction_tracker.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "core/ws/masking.h"
#include "core/ws/rule_table.h"
#include "core/ws/utf8.h"

namespace lastframe::session {
namespace {

// A reason that we have cut must not look broken by that: up to three bytes of a character go too.
std::string without_cut_character(std::string reason) {
  for (std::size_t cut = 0; cut <= 3 && cut <= reason.size(); ++cut) {
    const std::string_view rest = std::string_view(reason).substr(0, reason.size() - cut);
    if (ws::is_valid_utf8(rest)) return std::string(rest);
  }
  return reason;
}

}  // namespace

// Most frames are short whole messages of which nobody wants to hear more than their number; most
// of the rest lie in one read as a whole and are taken in one step; the others come in parts.
void DirectionTracker::feed(ByteView bytes, TrackerEvents& events, const Interest& interest) {
  const std::uint64_t end = bytes_ + bytes.size();
  ws::WholeFrame frame;
  while (true) {
    if (message_ == 0 && !is_untrusted_ && !interest.frames && !interest.messages) {
      const std::uint64_t count = parser_.skip_short_messages(bytes, sender(direction_));
      frames_ += count;
      messages_ += count;
    }
    const std::uint64_t at = end - bytes.size();
    if (parser_.next_whole(bytes, frame)) {
      frame_offset_ = at;
      begin_frame(frame.header, events, interest);
      take_payload({.bytes = frame.payload, .offset = 0});
      end_frame(events, interest);
      continue;
    }
    if (bytes.empty() && parser_.needs_bytes()) break;
    const auto event = parser_.next(bytes);
    if (!event) break;
    if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) {
      frame_offset_ = end - bytes.size() - header->header_length;
      begin_frame(*header, events, interest);
    } else if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
      take_payload(*part);
    } else {
      end_frame(events, interest);
    }
  }
  bytes_ = end;
}

void DirectionTracker::begin_frame(const ws::FrameHeader& header, TrackerEvents& events,
                                   const Interest& interest) {
  ++frames_;
  if (!is_untrusted_) judge(header, events);
  ends_message_ = false;
  if (!is_untrusted_ && !ws::is_control(header.opcode) && !ws::is_reserved(header.opcode)) {
    if (header.opcode != ws::Opcode::continuation) {
      message_ = static_cast<std::uint8_t>(header.opcode);
      message_size_ = 0;
      message_fragments_ = 0;
      is_message_compressed_ = (header.rsv & ws::kRsv1) != 0;
    }
    if (message_ != 0) {
      message_size_ += header.payload_length;
      ++message_fragments_;
      ends_message_ = header.fin;
    }
  }
  if (header.opcode == ws::Opcode::close) begin_close(header);
  if (interest.frames) {
    const bool is_data = !ws::is_control(header.opcode);
    events.frame_seen({.direction = direction_,
                       .header = header,
                       .frame = frames_,
                       .message = is_data && is_mid_message() ? messages_ + 1 : 0,
                       .offset = frame_offset_});
  }
}

void DirectionTracker::take_payload(const ws::PayloadPart& part) {
  if (!close_) return;
  const auto room = std::span(close_->payload).subspan(close_->size);
  const ByteView bytes = part.bytes.first(std::min(part.bytes.size(), room.size()));
  if (close_->masking_key) {
    ws::unmask(bytes, *close_->masking_key, part.offset, room);
  } else {
    std::ranges::copy(bytes, room.begin());
  }
  close_->size = static_cast<std::uint8_t>(close_->size + bytes.size());
}

void DirectionTracker::end_frame(TrackerEvents& events, const Interest& interest) {
  if (close_) end_close(events);
  if (!ends_message_) return;
  ends_message_ = false;
  ++messages_;
  if (interest.messages) {
    events.message_seen({.direction = direction_,
                         .opcode = static_cast<ws::Opcode>(message_),
                         .is_compressed = is_message_compressed_,
                         .size = message_size_,
                         .fragments = message_fragments_,
                         .message = messages_});
  }
  message_ = 0;
}

void DirectionTracker::judge(const ws::FrameHeader& header, TrackerEvents& events) {
  const bool is_data_in_order = (header.opcode == ws::Opcode::continuation) == (message_ != 0);
  if (ws::is_ordinary(header, sender(direction_)) &&
      (ws::is_control(header.opcode) || is_data_in_order)) {
    return;
  }
  const ws::RuleSet broken = ws::broken_rules(header, context());
  report(broken, events);
  if (!broken.is_empty()) is_untrusted_ = ws::ends_trust(header, context());
}

ws::FrameContext DirectionTracker::context() const {
  return {.sender = sender(direction_),
          .is_in_message = message_ != 0,
          .has_deflate = extensions_.has_deflate,
          .has_unknown_extension = extensions_.has_unknown};
}

// Once the direction is untrusted, only what looks right in every point counts as a Close: stray
// bytes rarely do.
void DirectionTracker::begin_close(const ws::FrameHeader& header) {
  if (is_untrusted_ && !ws::is_ordinary(header, sender(direction_))) return;
  close_ = std::make_unique<CloseInProgress>();
  close_->masking_key = header.masking_key;
  close_->is_too_long = header.payload_length > ws::kLongestControlPayload;
}

void DirectionTracker::end_close(TrackerEvents& events) {
  const auto close = std::exchange(close_, nullptr);
  ws::CloseBody body = ws::decode_close_body(ByteView(close->payload).first(close->size));
  if (auto* status = std::get_if<ws::StatusAndReason>(&body); status && close->is_too_long) {
    status->reason = without_cut_character(std::move(status->reason));
  }
  const ws::RuleSet broken = ws::broken_rules(body);
  if (is_untrusted_ && !broken.is_empty()) return;
  report(broken, events);
  if (std::exchange(has_close_, true)) return;
  events.close_found(sender(direction_), {.body = std::move(body), .frame = frames_});
}

void DirectionTracker::report(ws::RuleSet broken, TrackerEvents& events) {
  if (broken.is_empty()) return;
  for (const ws::RuleRow& row : ws::kRules) {
    if (!broken.has(row.rule)) continue;
    events.rule_broken(
        {.rule = row.rule, .side = sender(direction_), .frame = frames_, .offset = frame_offset_});
  }
}

void DirectionTracker::end(TrackerEvents& events) {
  if (!is_mid_frame()) return;
  const std::size_t partial_header = parser_.partial_header_size();
  events.rule_broken({.rule = ws::Rule::frame_cut_off,
                      .side = sender(direction_),
                      .frame = partial_header > 0 ? frames_ + 1 : frames_,
                      .offset = partial_header > 0 ? bytes_ - partial_header : frame_offset_});
}

}  // namespace lastframe::session
