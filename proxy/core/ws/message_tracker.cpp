#include "core/ws/message_tracker.h"

#include <algorithm>
#include <utility>

#include "core/ws/masking.h"

namespace lastframe::ws {
namespace {

// What is unmasked at a time for inflating: it stays in the first-level cache.
constexpr std::size_t kUnmaskBlock = 4096;

std::string at_byte(std::uint64_t place, bool is_inflated) {
  return "at byte " + std::to_string(place) +
         (is_inflated ? " of the inflated message" : " of the message");
}

// Of a whole frame, or of what it inflates to.
void say(std::vector<MessageFault>& faults, Rule rule, std::string detail) {
  faults.push_back({.rule = rule, .payload_offset = std::nullopt, .detail = std::move(detail)});
}

bool begins(std::span<const std::byte> bytes, std::uint64_t size, unsigned first, unsigned second) {
  return size >= 2 && bytes[0] == std::byte(first) && bytes[1] == std::byte(second);
}

bool is_gzip(std::span<const std::byte> bytes, std::uint64_t size) {
  return size >= 3 && begins(bytes, size, 0x1F, 0x8B) && bytes[2] == std::byte{8};
}

// RFC 1950 section 2.2: method 8, a window of 32 KiB, and a check of both bytes.
bool is_zlib(std::span<const std::byte> bytes, std::uint64_t size) {
  if (size < 2 || bytes[0] != std::byte{0x78}) return false;
  return (0x7800u + std::to_integer<unsigned>(bytes[1])) % 31 == 0;
}

}  // namespace

// Judges what a compressed message inflates to.
class MessageTracker::InflatedText final : public Inflater::Sink {
 public:
  InflatedText(MessageTracker& tracker, std::vector<MessageFault>& faults, ContentStart* start)
      : tracker_(tracker), faults_(faults), start_(start) {}

  bool take(ByteView inflated) override {
    tracker_.deflate_->counts.inflated += inflated.size();
    tracker_.note_start(inflated, faults_);
    if (start_ != nullptr) start_->take(inflated);
    if (tracker_.opcode_ == Opcode::text && tracker_.is_text_good_) {
      if (const auto fault = tracker_.utf8_.feed(inflated)) {
        tracker_.is_text_good_ = false;
        say(faults_, Rule::text_not_utf8, at_byte(tracker_.content_size_ + *fault, true));
      }
    }
    tracker_.content_size_ += inflated.size();
    return true;
  }

 private:
  MessageTracker& tracker_;
  std::vector<MessageFault>& faults_;
  ContentStart* start_;  // or null
};

void ContentStart::take(ByteView plain) {
  const ByteView part = plain.first(std::min(plain.size(), bytes.size() - size));
  std::ranges::copy(part, bytes.begin() + static_cast<std::ptrdiff_t>(size));
  size += part.size();
}

void ContentStart::take(const MessagePart& part) {
  if (!part.masking_key) return take(part.bytes);
  const ByteView first = part.bytes.first(std::min(part.bytes.size(), bytes.size() - size));
  unmask(first, *part.masking_key, part.offset, std::span(bytes).subspan(size));
  size += first.size();
}

void MessageTracker::begin_deflate(InflatePool& pool, DeflateParameters parameters) {
  deflate_ = std::make_unique<Deflate>(pool, parameters);
}

void MessageTracker::begin_frame(const FrameHeader& header) {
  is_last_frame_ = header.fin;
  if (header.opcode != Opcode::continuation) {
    // A message that another one takes the place of leaves its compressor's context unknown.
    if (is_open() && is_compressed_ && deflate_) deflate_->inflater.lose_context();
    opcode_ = header.opcode;
    is_open_ = true;
    is_compressed_ = (header.rsv & kRsv1) != 0;
    is_text_good_ = true;
    is_missing_some_ = false;
    is_inflating_ = true;
    size_ = content_size_ = 0;
    fragments_ = 0;
    utf8_.reset();
    if (is_compressed_ && deflate_) {
      deflate_->input = 0;
      ++deflate_->counts.messages;
      if (judges_) deflate_->inflater.begin_message();
    }
  }
  size_ += header.payload_length;
  ++fragments_;
}

void MessageTracker::take(const MessagePart& part, std::vector<MessageFault>& faults,
                          ContentStart* start) {
  if (!judges_ || !is_open()) return;
  if (is_compressed_) return inflate(part, faults, start);
  if (opcode_ != Opcode::text || !is_text_good_) return;
  if (start != nullptr) start->take(part);
  const auto fault = part.masking_key
                         ? utf8_.feed_masked(part.bytes, *part.masking_key, part.offset)
                         : utf8_.feed(part.bytes);
  if (content_size_ < start_.size()) {
    std::array<std::byte, 3> few{};
    const ByteView first = part.bytes.first(std::min(part.bytes.size(), few.size()));
    part.masking_key ? unmask(first, *part.masking_key, part.offset, few)
                     : void(std::ranges::copy(first, few.begin()));
    note_start(ByteView(few).first(first.size()), faults);
  }
  if (fault) {
    is_text_good_ = false;
    faults.push_back({.rule = Rule::text_not_utf8,
                      .payload_offset = part.offset + *fault,
                      .detail = at_byte(content_size_ + *fault, false)});
  }
  content_size_ += part.bytes.size();
}

void MessageTracker::inflate(const MessagePart& part, std::vector<MessageFault>& faults,
                             ContentStart* start) {
  if (!deflate_ || is_missing_some_) return;
  InflatedText text(*this, faults, start);
  std::array<std::byte, kUnmaskBlock> block;
  for (std::size_t at = 0; at < part.bytes.size();) {
    const std::size_t size = std::min(part.bytes.size() - at, block.size());
    ByteView bytes = part.bytes.subspan(at, size);
    if (part.masking_key) {
      unmask(bytes, *part.masking_key, part.offset + at, block);
      bytes = ByteView(block).first(size);
    }
    for (std::size_t i = 0; i < size && deflate_->input + i < deflate_->input_start.size(); ++i) {
      deflate_->input_start[deflate_->input + i] = bytes[i];
    }
    deflate_->input += size;
    at += size;
    note_outcome(deflate_->inflater.feed(bytes, text), faults);
  }
}

// The first 2 or 3 bytes of the content, in whatever parts they come: what begins so is legal, and
// mostly not what was meant.
void MessageTracker::note_start(ByteView content, std::vector<MessageFault>& faults) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    const std::uint64_t place = content_size_ + i;
    if (place >= start_.size()) return;
    start_[place] = content[i];
    const std::uint64_t size = place + 1;
    if (size == 3 && opcode_ == Opcode::text && begins(start_, size, 0xEF, 0xBB) &&
        start_[2] == std::byte{0xBF}) {
      say(faults, Rule::text_begins_with_bom, {});
    }
    if (!is_compressed_) continue;
    if (size == 3 && is_gzip(start_, size)) say(faults, Rule::compressed_twice, "a gzip stream");
    if (size == 2 && is_zlib(start_, size)) say(faults, Rule::compressed_twice, "a zlib stream");
  }
}

// What was inflated until here is judged; what would follow is not there.
void MessageTracker::note_outcome(InflateOutcome outcome, std::vector<MessageFault>& faults) {
  if (outcome == InflateOutcome::good || !is_inflating_) return;
  is_inflating_ = false;
  is_text_good_ = false;
  const Deflate& deflate = *deflate_;
  switch (outcome) {
    case InflateOutcome::good:
      return;
    case InflateOutcome::shed:
      ++deflate_->counts.not_inflated;
      return;
    case InflateOutcome::corrupt:
      return say(faults, Rule::payload_not_deflate,
                 is_gzip(deflate.input_start, deflate.input)   ? "it begins as a gzip stream"
                 : is_zlib(deflate.input_start, deflate.input) ? "it begins as a zlib stream"
                                                               : "");
    case InflateOutcome::window_exceeded:
      return say(faults, Rule::deflate_window_exceeded, {});
    case InflateOutcome::context_lost:
      if (deflate.has_missed) {
        ++deflate_->counts.not_inflated;
        return;
      }
      return say(faults, Rule::deflate_context_lost,
                 "it refers to bytes that did not pass here, or may not be referred to");
    case InflateOutcome::without_measure:
      return say(faults, Rule::inflates_without_measure, {});
  }
}

bool MessageTracker::end_frame(std::uint64_t payload_length, std::vector<MessageFault>& faults,
                               ContentStart* start) {
  if (!is_open() || !is_last_frame_) return false;
  if (judges_ && is_compressed_ && deflate_ && !is_missing_some_) {
    InflatedText text(*this, faults, start);
    note_outcome(deflate_->inflater.end_message(text), faults);
  }
  if (judges_ && is_text_good_ && opcode_ == Opcode::text && !utf8_.is_between_characters()) {
    faults.push_back(
        {.rule = Rule::text_not_utf8,
         .payload_offset = is_compressed_ ? std::nullopt : std::optional(payload_length),
         .detail = "the message ends inside a character"});
  }
  is_open_ = false;
  return true;
}

void MessageTracker::miss() {
  if (!is_open() || std::exchange(is_missing_some_, true)) return;
  is_text_good_ = false;
  if (!is_compressed_ || !deflate_) return;
  deflate_->inflater.lose_context();
  deflate_->has_missed = true;
  if (std::exchange(is_inflating_, false)) ++deflate_->counts.not_inflated;
}

void MessageTracker::lose_track() {
  is_open_ = false;
  if (deflate_) deflate_->inflater.lose_context();
}

}  // namespace lastframe::ws
