#include "core/session/direction_tracker.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "core/ws/frame_words.h"
#include "core/ws/stray_bytes.h"

namespace lastframe::session {
namespace {

// Payloads that the short way skips are not searched for interruptions, however they are cut.
constexpr std::uint64_t kLongestUnsearched = 125;

}  // namespace

void DirectionTracker::begin(const ws::NegotiatedExtensions& extensions, ws::InflatePool* inflaters,
                             AfterBreak after_break) {
  has_deflate_ = extensions.has_deflate;
  has_unknown_extension_ = extensions.has_unknown;
  after_break_ = after_break;
  if (extensions.has_unknown) {
    message_.ignore_payloads();
  } else if (extensions.has_deflate && inflaters != nullptr) {
    message_.begin_deflate(*inflaters, extensions.deflate[index(sender(direction_))]);
  }
}

// Inline, as every read asks it.
[[gnu::always_inline]] inline bool DirectionTracker::is_ready_to_skip(
    const Interest& interest) const {
  const bool is_key_judged =
      direction_ == Direction::server_to_client || equal_keys_ == kKeysJudged;
  return is_key_judged && !message_.is_open() && !is_untrusted_ && !has_close_ &&
         !interest.frames && !interest.messages &&
         !(trouble_ && trouble_->strays.has_interruption());
}

void DirectionTracker::feed(ByteView bytes, Moment now, const Listening& to) {
  if (bytes.empty()) return;
  if (!flow_ || flow_->recent.is_new_second(now)) begin_second(now, to.events);
  flow_->recent.begin_read(now, bytes_);
  const std::uint64_t start = bytes_;
  ByteView rest = bytes;
  // Most reads hold nothing else.
  if (!trouble_ && is_ready_to_skip(to.interest)) skip_short_messages(rest);
  if (!rest.empty()) read_all(rest, start + bytes.size() - rest.size(), to);
  bytes_ += bytes.size();
  note_frame_in_hand();
}

void DirectionTracker::read_all(ByteView bytes, std::uint64_t start, const Listening& to) {
  const std::uint64_t end = start + bytes.size();
  while (!bytes.empty()) {
    const std::uint64_t at = end - bytes.size();
    // Each time, for what was kept from a search may have begun an excerpt.
    if (trouble_) trouble_->strays.take(bytes, at);
    search() != nullptr ? look_for_frames(bytes, at, to) : read(bytes, at, to);
  }
}

// Reads frames from `bytes`, all of them, or up to the break from which frames are looked for.
void DirectionTracker::read(ByteView& bytes, std::uint64_t start, const Listening& to) {
  Feeding feeding{
      .events = to.events, .interest = to.interest, .chunk = bytes, .rest = bytes, .start = start};
  feed_frames(feeding);
  if (search() == nullptr) {
    bytes = {};
    return;
  }
  search()->parsed = feeding.position();
  const std::uint64_t break_offset = search()->break_offset;
  const std::uint64_t from = std::max(start, break_offset);
  bytes = bytes.subspan(static_cast<std::size_t>(from - start));
  if (break_offset == from) return;
  // What of the break's header came before: frames may begin, and break, in there, too.
  const std::string before = ws::header_bytes(header()).substr(0, start - break_offset);
  read_all(as_bytes(before), break_offset, to);
}

// As far as the search reads, the frames that the break's header announced are read, too: a Close
// that is right in every point may be one, although frames were not found again.
void DirectionTracker::look_for_frames(ByteView& bytes, std::uint64_t start, const Listening& to) {
  const ByteView chunk = bytes;
  const auto found = search()->resynchroniser.feed(bytes);
  const std::uint64_t searched = start + chunk.size() - bytes.size();
  if (search()->parsed < searched) {
    const std::uint64_t from = std::max(start, search()->parsed);
    const ByteView part = chunk.first(chunk.size() - bytes.size());
    Feeding feeding{.events = to.events,
                    .interest = to.interest,
                    .chunk = part,
                    .rest = part.subspan(static_cast<std::size_t>(from - start)),
                    .start = start};
    feed_frames(feeding);
    search()->parsed = searched;
  }
  if (!found) return;
  const std::string retained(as_text(search()->resynchroniser.retained()));
  const std::uint64_t offset = search()->break_offset + found->offset;
  regain_trust(offset);
  read_all(as_bytes(retained), offset, to);
}

void DirectionTracker::regain_trust(std::uint64_t offset) {
  frames_ = search()->frames;
  has_close_ = search()->has_close;
  trouble_->search.reset();
  parser_ = {};
  control_.reset();
  flow_->recent.forget_byte_before_frame();
  is_untrusted_ = false;
  strays().end_break(offset);
}

// Most frames are short whole messages of which nobody wants to hear more than their number; most
// of the rest lie in one read as a whole and are taken in one step; the others come in parts.
void DirectionTracker::feed_frames(Feeding& feeding) {
  ws::WholeFrame frame;
  const bool was_searching = search() != nullptr;
  while (was_searching || search() == nullptr) {
    if (is_ready_to_skip(feeding.interest)) {
      // Each time those of one type.
      while (skip_short_messages(feeding.rest)) {
      }
    }
    const std::uint64_t at = feeding.position();
    if (parser_.next_whole(feeding.rest, frame)) {
      frame_offset_ = at;
      begin_frame(frame.header, feeding);
      if (ws::is_control(frame.header.opcode)) {
        count_payload(frame.payload);
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
      const auto control = std::exchange(control_, nullptr);
      if (control && is_readable(*control)) {
        take_control(control->header, ByteView(control->payload).first(control->size), feeding);
      }
      end_frame(feeding);
    }
  }
}

// False: there was none.
bool DirectionTracker::skip_short_messages(ByteView& rest) {
  const std::size_t before = rest.size();
  const ws::SkippedMessages skipped =
      parser_.skip_short_messages(rest, sender(direction_), watched_);
  if (skipped.count == 0) return false;
  if (DirectionCounts* const counts = counts_) {
    DirectionCounts::Short& own = skipped.is_text ? counts->short_texts : counts->short_binaries;
    own.messages.add(skipped.count);
    own.bytes.add(before - rest.size());
  }
  skipped_ += skipped.count;
  flow_->recent.note_short(skipped.last, skipped.is_text);
  flow_->recent.note_largest_short(skipped.largest);
  return true;
}

void DirectionTracker::begin_frame(const ws::FrameHeader& header, Feeding& feeding) {
  ++frames_;
  payload_length_ = header.payload_length;
  header_length_ = header.header_length;
  first_byte_ = ws::first_byte(header);
  is_masked_ = header.masking_key.has_value();
  if (is_masked_) {
    if (equal_keys_ != kKeysJudged && !is_untrusted_) watch_masking_key(header, feeding);
    masking_key_ = *header.masking_key;
  }
  if (!is_untrusted_ && counts_ != nullptr) {
    counts_->frames[static_cast<std::size_t>(header.opcode)].add(1);
  }
  if (!is_untrusted_) judge(header, feeding);
  const bool is_data = !ws::is_control(header.opcode) && !ws::is_reserved(header.opcode);
  is_data_frame_ = !is_untrusted_ && is_data &&
                   (header.opcode != ws::Opcode::continuation || message_.is_open());
  if (is_data_frame_) {
    message_.begin_frame(header);
    const bool is_first = header.opcode != ws::Opcode::continuation;
    flow_->recent.note_frame(header.payload_length, is_first);
    if (is_first) flow_->is_start_wanted = false;
    judge_sizes(header, feeding);
  }
  if (feeding.interest.frames) {
    feeding.events.frame_seen({.direction = direction_,
                               .header = header,
                               .frame = frames(),
                               .message = is_data_frame_ ? messages() + 1 : 0,
                               .offset = frame_offset_});
  }
}

void DirectionTracker::take_payload(const ws::PayloadPart& part, Feeding& feeding) {
  count_payload(part.bytes);
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
                feeding.faults, start_of(part));
  flow_->recent.note_part();
  if (!feeding.faults.empty()) report_message_faults(feeding);
  if (direction_ == Direction::server_to_client && payload_length_ > kLongestUnsearched) {
    look_for_interruption(part, feeding);
  }
}

// A hop that gives up while a message is passing writes its error page into the middle of a frame.
void DirectionTracker::look_for_interruption(const ws::PayloadPart& part, Feeding& feeding) {
  if (!interruptions_) interruptions_ = std::make_unique<ws::InterruptionFinder>();
  if (part.offset == 0) interruptions_->reset();
  const auto found = interruptions_->feed(part.bytes);
  if (!found) return;
  const std::uint64_t payload_start = frame_offset_ + header_length_;
  Excerpt excerpt = excerpt_from(payload_start + *found + ws::kInterruptionSize, feeding);
  excerpt.offset = payload_start + *found;
  const auto beginning = interruptions_->beginning();
  excerpt.bytes.insert(0, as_text(beginning));
  excerpt.bytes.resize(std::min(excerpt.bytes.size(), ws::kStrayWindow));
  strays().begin_interruption(std::move(excerpt));
}

void DirectionTracker::end_frame(Feeding& feeding) {
  if (!is_data_frame_) return;
  const bool has_ended = message_.end_frame(payload_length_, feeding.faults,
                                            flow_->is_start_wanted ? flow_->start.get() : nullptr);
  if (!feeding.faults.empty()) report_message_faults(feeding);
  if (!has_ended) return;
  ++messages_;
  if (counts_ != nullptr) counts_->messages.observe(message_.size());
  note_message(feeding);
  if (!feeding.interest.messages) return;
  feeding.events.message_seen({.direction = direction_,
                               .opcode = message_.opcode(),
                               .is_compressed = message_.is_compressed(),
                               .size = message_.size(),
                               .fragments = message_.fragments(),
                               .message = messages()});
}

void DirectionTracker::lose_trust(const Feeding& feeding) {
  is_untrusted_ = true;
  if (counts_ != nullptr) counts_->untrusted.add(1);
  message_.lose_track();
  strays().begin_break(excerpt_from(frame_offset_, feeding));
  if (after_break_ == AfterBreak::give_up) return;
  trouble_->search =
      std::make_unique<Search>(Search{.resynchroniser = ws::Resynchroniser(context()),
                                      .break_offset = frame_offset_,
                                      .frames = frames_,
                                      .has_close = has_close_,
                                      .parsed = 0});
}

// Of the bytes before the chunk, only those of the header in hand can be asked for.
Excerpt DirectionTracker::excerpt_from(std::uint64_t offset, const Feeding& feeding) const {
  Excerpt excerpt{.offset = offset, .frame = frames(), .bytes = {}};
  if (offset < feeding.start) {
    excerpt.bytes = ws::header_bytes(header()).substr(0, feeding.start - offset);
    offset = feeding.start;
  }
  const ByteView rest = feeding.chunk.subspan(static_cast<std::size_t>(offset - feeding.start));
  excerpt.bytes += as_text(rest.first(std::min(rest.size(), ws::kStrayWindow)));
  return excerpt;
}

ws::FrameContext DirectionTracker::context() const {
  return {.sender = sender(direction_),
          .is_in_message = message_.is_open(),
          .has_deflate = has_deflate_,
          .has_unknown_extension = has_unknown_extension_};
}

ws::FrameHeader DirectionTracker::header() const {
  return {.fin = (first_byte_ & 0x80u) != 0,
          .rsv = static_cast<std::uint8_t>(first_byte_ >> 4 & 0x7u),
          .opcode = static_cast<ws::Opcode>(first_byte_ & 0xFu),
          .header_length = header_length_,
          .payload_length = payload_length_,
          .masking_key = is_masked_ ? std::optional(masking_key_) : std::nullopt};
}

StrayWatch& DirectionTracker::strays() {
  if (!trouble_) trouble_ = std::make_unique<Trouble>();
  return trouble_->strays;
}

void DirectionTracker::report_stray_bytes(std::vector<StraySeen>& seen) const {
  if (trouble_) trouble_->strays.report(sender(direction_), bytes_, is_mid_frame(), seen);
}

}  // namespace lastframe::session
