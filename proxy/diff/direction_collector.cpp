#include "diff/direction_collector.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/ascii.h"
#include "core/http/head.h"
#include "core/ws/frame_rules.h"
#include "core/ws/stray_bytes.h"
#include "diff/text_variants.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kMostHeld = 16 * 1024;

// Bits of faults().
constexpr unsigned kReservedBits = 1, kReservedOpcode = 2, kMask = 4, kLength = 8, kHugeLength = 16,
                   kControl = 32, kOrder = 64;

constexpr std::size_t kLongestHeader = 14;

ws::FrameContext context_of(Direction direction, const ws::NegotiatedExtensions& negotiated) {
  return {.sender = sender(direction),
          .has_deflate = negotiated.has_deflate,
          .has_unknown_extension = negotiated.has_unknown};
}

// How long stray bytes are by what they say themselves; 0: they do not.
std::size_t end_of_stray(ByteView first) {
  const std::string_view text = as_text(first);
  const std::size_t line_ends = std::min(text.find_first_not_of("\r\n"), text.size());
  if (line_ends > 0) return line_ends;
  const std::size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  const auto head = http::parse_response_head(text.substr(0, head_end + 4));
  if (!head) return 0;
  const auto length = head->fields.first("Content-Length");
  if (!length || length->empty() || length->size() > 4) return 0;
  if (!std::ranges::all_of(*length, is_digit)) return 0;
  std::size_t body = 0;
  for (const char digit : *length) body = body * 10 + static_cast<std::size_t>(digit - '0');
  return head_end + 4 + body;
}

}  // namespace

DirectionCollector::DirectionCollector(Direction direction,
                                       const ws::NegotiatedExtensions& negotiated,
                                       ws::InflatePool& pool, DirectionTrace& trace)
    : trace_(trace), pool_(pool), negotiated_(negotiated), direction_(direction) {}

void DirectionCollector::begin_inside() { begin_search(Place::lost, 0, {}); }

void DirectionCollector::take(Moment now, ByteView bytes) {
  now_ = now;
  trace_.bytes += bytes.size();
  feed(bytes);
}

void DirectionCollector::feed(ByteView input) {
  do {
    switch (place_) {
      case Place::frames:
        parse(input);
        break;
      case Place::doubt: {
        const std::size_t size = std::min(input.size(), ws::kStrayWindow - held_.size());
        held_.append(as_text(input.first(size)));
        input = input.subspan(size);
        if (held_.size() == ws::kStrayWindow) resolve_doubt();
        break;
      }
      case Place::stray:
      case Place::lost:
        search(input);
        break;
    }
  } while (!input.empty());
}

void DirectionCollector::parse(ByteView& input) {
  while (place_ == Place::frames) {
    const std::size_t before = input.size();
    const auto event = parser_.next(input);
    parsed_ += before - input.size();
    if (!event) return;
    if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) {
      const bool is_believed = std::exchange(is_next_believed_, false);
      const bool is_doubtful = !is_believed && (faults(*header) & ~tolerated_) != 0;
      is_doubtful ? begin_doubt(*header) : begin_frame(*header);
    } else if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
      take_payload(*part);
    } else {
      end_frame();
    }
  }
}

unsigned DirectionCollector::faults(const ws::FrameHeader& header) const {
  const ws::FrameContext context = context_of(direction_, negotiated_);
  unsigned found = 0;
  const unsigned allowed = ws::may_set_rsv1(header, context) ? ws::kRsv1 : 0u;
  if (!negotiated_.has_unknown) {
    if ((header.rsv & ~allowed) != 0) found |= kReservedBits;
    if (ws::is_reserved(header.opcode)) found |= kReservedOpcode;
  }
  if (header.masking_key.has_value() != (context.sender == Endpoint::client)) found |= kMask;
  if (!ws::has_minimal_length(header)) found |= kLength;
  if (header.payload_length >> 40 != 0) found |= kHugeLength;
  if (ws::is_control(header.opcode)) {
    if (!header.fin || header.payload_length > ws::kLongestControlPayload) found |= kControl;
  } else if ((header.opcode == ws::Opcode::continuation) != message_.has_value()) {
    found |= kOrder;
  }
  return found;
}

// Whether a frame or something else begins here is told by what follows.
void DirectionCollector::begin_doubt(const ws::FrameHeader& header) {
  std::array<std::byte, 14> bytes{};
  const std::size_t size = ws::encode_frame_header(header, bytes.data());
  held_.assign(as_text(ByteView(bytes).first(size)));
  held_from_ = parsed_ - size;
  held_since_ = now_;
  doubted_ = header;
  place_ = Place::doubt;
}

bool DirectionCollector::is_followed_by_a_frame(const ws::FrameHeader& header) const {
  if (header.payload_length > held_.size()) return false;
  const std::uint64_t end = header.header_length + header.payload_length;
  if (end == held_.size()) return true;
  if (end + 2 > held_.size()) return false;
  const ByteView next = as_bytes(held_).subspan(static_cast<std::size_t>(end));
  if (next.size() < ws::header_length(next[1])) return false;
  return ws::is_ordinary(ws::decode_frame_header(next.data()), context_of(direction_, negotiated_));
}

void DirectionCollector::resolve_doubt() {
  const std::string held = held_;
  const unsigned found = faults(doubted_);
  const bool is_known = ws::recognise(as_bytes(held), {}).kind != ws::StrayKind::unknown;
  const bool is_frame =
      !is_known && (std::popcount(found) == 1 || is_followed_by_a_frame(doubted_));
  held_.clear();
  if (!is_frame) return begin_search(Place::stray, held_from_, as_bytes(held));
  tolerated_ |= found;
  place_ = Place::frames;
  std::swap(now_, held_since_);
  begin_frame(doubted_);
  std::swap(now_, held_since_);
  // It is shorter than what is waited for in doubt: this does not come back here.
  feed(as_bytes(held).subspan(doubted_.header_length));
}

void DirectionCollector::begin_search(Place place, std::uint64_t from, ByteView first) {
  place_ = place;
  parser_ = {};
  held_.clear();
  held_from_ = from;
  held_since_ = now_;
  searched_ = 0;
  expected_end_ = place == Place::stray ? end_of_stray(first) : 0;
  resynchroniser_ = std::make_unique<ws::Resynchroniser>(context_of(direction_, negotiated_));
  if (!first.empty()) feed(first);
}

void DirectionCollector::search(ByteView& input) {
  if (expected_end_ > 0) return await_expected_end(input);
  const std::size_t kept = std::min(input.size(), kMostHeld - std::min(kMostHeld, held_.size()));
  held_.append(as_text(input.first(kept)));
  const std::size_t before = input.size();
  const auto found = resynchroniser_->feed(input);
  searched_ += before - input.size();
  if (!found) return;
  const std::string frames(as_text(resynchroniser_->retained()));
  end_search(found->offset);
  feed(as_bytes(frames));
}

// Stray bytes that say themselves how long they are: a frame behind them is believed at once.
void DirectionCollector::await_expected_end(ByteView& input) {
  const std::size_t wanted = expected_end_ + kLongestHeader;
  const std::size_t size = std::min(input.size(), wanted - held_.size());
  held_.append(as_text(input.first(size)));
  input = input.subspan(size);
  searched_ = held_.size();
  if (held_.size() == wanted) settle_expected_end();
}

void DirectionCollector::settle_expected_end() {
  const std::size_t end = std::exchange(expected_end_, 0);
  const std::string held = held_;
  if (begins_with_frame(as_bytes(held).subspan(std::min(end, held.size())))) {
    end_search(end);
    return feed(as_bytes(held).subspan(end));
  }
  held_.clear();
  searched_ = 0;
  feed(as_bytes(held));
}

bool DirectionCollector::begins_with_frame(ByteView bytes) const {
  if (bytes.size() < 2 || bytes.size() < ws::header_length(bytes[1])) return false;
  const ws::FrameHeader header = ws::decode_frame_header(bytes.data());
  return ws::is_ordinary(header, context_of(direction_, negotiated_)) &&
         header.payload_length >> 32 == 0 &&
         (header.opcode != ws::Opcode::continuation || message_.has_value());
}

// `size`: bytes of the search that are no frames.
void DirectionCollector::end_search(std::uint64_t size) {
  const bool is_lost = place_ == Place::lost;
  is_next_believed_ = true;
  place_ = Place::frames;
  parser_ = {};
  resynchroniser_.reset();
  const std::string held = std::exchange(held_, {});
  parsed_ = held_from_ + size;
  if (is_lost) return size > 0 ? push_gap(size) : void();
  if (is_over_ || size == 0) return;
  const auto bytes = std::string_view(held).substr(0, std::min<std::uint64_t>(size, held.size()));
  Item item{.kind = ItemKind::stray, .is_complete = true};
  item.offset = held_from_;
  item.size = item.payload = size;
  item.wire = item.content = digest_of(bytes);
  item.began = held_since_;
  item.ended = now_;
  item.sample_at = static_cast<std::uint32_t>(trace_.samples.size());
  item.sample_size = static_cast<std::uint8_t>(std::min(bytes.size(), kSampleSize));
  trace_.samples.append(bytes.substr(0, kSampleSize));
  trace_.stray_texts.push_back(ws::recognise(as_bytes(bytes), size).summary);
  item.note = static_cast<std::uint32_t>(trace_.stray_texts.size());
  trace_.items.push_back(item);
}

// From which place of held_ on whole frames follow each other up to its end.
std::optional<std::size_t> DirectionCollector::frames_at_the_end() const {
  if (searched_ != held_.size()) return std::nullopt;
  const ByteView bytes = as_bytes(held_);
  const ws::FrameContext context = context_of(direction_, negotiated_);
  std::vector<bool> leads_to_end(bytes.size() + 1);
  leads_to_end[bytes.size()] = true;
  std::optional<std::size_t> first;
  for (std::size_t at = bytes.size(); at-- > 0;) {
    const ByteView rest = bytes.subspan(at);
    if (rest.size() < 2 || rest.size() < ws::header_length(rest[1])) continue;
    const ws::FrameHeader header = ws::decode_frame_header(rest.data());
    if (!ws::is_ordinary(header, context)) continue;
    if (header.payload_length > rest.size() - header.header_length) continue;
    const std::size_t end =
        at + header.header_length + static_cast<std::size_t>(header.payload_length);
    if (!leads_to_end[end]) continue;
    leads_to_end[at] = true;
    const bool may_begin = header.opcode != ws::Opcode::continuation || message_.has_value();
    if (may_begin && at > 0) first = at;
  }
  return first;
}

void DirectionCollector::finish_search() {
  if (expected_end_ > 0) {
    settle_expected_end();
    if (place_ != Place::stray) return;
  }
  const auto frames = frames_at_the_end();
  const std::string rest = frames ? held_.substr(*frames) : "";
  end_search(frames ? *frames : searched_);
  if (!rest.empty()) feed(as_bytes(rest));
}

void DirectionCollector::push_gap(std::uint64_t count) {
  if (is_over_) return;
  Item item{.kind = ItemKind::gap};
  item.offset = parsed_ - std::min(parsed_, count);
  item.size = item.payload = count;
  item.began = item.ended = now_;
  trace_.items.push_back(item);
}

void DirectionCollector::miss(Moment now, const session::BytesMissed& missed) {
  while (place_ == Place::doubt) resolve_doubt();
  now_ = now;
  trace_.bytes += missed.count;
  if (!missed.digest) trace_.unseen += missed.count;
  if (place_ == Place::stray || place_ == Place::lost) finish_search();
  while (place_ == Place::doubt) resolve_doubt();
  const std::uint64_t left = parser_.payload_left();
  if (place_ == Place::frames && left >= missed.count) {
    miss_payload(missed);
    ByteView nothing;
    return parse(nothing);
  }
  parsed_ += missed.count;
  give_up(control_);
  give_up(message_);
  if (inflater_) inflater_->lose_context();
  push_gap(missed.count);
  parser_ = {};
  place_ = Place::frames;
  if (!missed.is_frame_next) begin_search(Place::lost, parsed_, {});
}

void DirectionCollector::finish() {
  while (place_ != Place::frames) {
    place_ == Place::doubt ? resolve_doubt() : finish_search();
  }
  // Some of a header alone is nothing that could be compared but by its length.
  give_up(control_);
  give_up(message_);
}

}  // namespace lastframe::diff
