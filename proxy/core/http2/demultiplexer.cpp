#include "core/http2/demultiplexer.h"

#include <algorithm>
#include <utility>

namespace lastframe::http2 {
namespace {

constexpr std::uint16_t kHeaderTableSize = 1;  // RFC 9113 section 6.5.2
constexpr std::size_t kSettingSize = 6;
constexpr std::size_t kMostUnacknowledged = 1000;

std::uint32_t number(ByteView bytes) {
  std::uint32_t value = 0;
  for (const std::byte byte : bytes) value = value << 8U | std::to_integer<std::uint32_t>(byte);
  return value;
}

// Frames whose bytes change nothing that is followed here.
bool is_of_no_account(const FrameHeader& frame) {
  return frame.is(FrameType::priority) || frame.is(FrameType::ping) ||
         frame.is(FrameType::window_update) ||
         frame.type > static_cast<std::uint8_t>(FrameType::continuation);
}

// Bytes before a frame's content: the padding's length, then what its type has.
std::size_t prefix_size(const FrameHeader& frame) {
  std::size_t size = frame.has(kPadded) && !frame.is(FrameType::continuation) ? 1 : 0;
  if (frame.is(FrameType::headers) && frame.has(kHasPriority)) size += 5;
  if (frame.is(FrameType::push_promise)) size += 4;
  return size;
}

}  // namespace

void Demultiplexer::Small::take(ByteView& from, std::size_t wanted) {
  const std::size_t count = std::min(from.size(), wanted - std::min(wanted, size));
  std::ranges::copy(from.first(count), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  size += count;
  from = from.subspan(count);
}

std::size_t Demultiplexer::memory() const {
  constexpr std::size_t kForEachDecoder = 4096;  // nghttp2's own
  std::size_t bytes = sizeof *this + streams_.size() * 64;
  for (const Half& half : halves_) {
    bytes += kForEachDecoder + half.fields.table_limit();
    if (half.head) bytes += StreamHead::kLongest;
  }
  return bytes;
}

void Demultiplexer::take(Direction direction, ByteView bytes, StreamEvents& events) {
  if (!obstacle_.empty()) return;
  Half& half = halves_[index(direction)];
  if (direction == Direction::client_to_server && !take_preface(half, bytes)) return;
  while (obstacle_.empty()) {
    const auto part = half.frames.next(bytes);
    if (!part) return;
    take_part(direction, *part, events);
  }
}

// Returns whether it is complete, and right.
bool Demultiplexer::take_preface(Half& half, ByteView& bytes) {
  const std::string_view wanted = kClientPreface.substr(half.preface_size);
  const std::string_view seen = as_text(bytes).substr(0, wanted.size());
  if (!wanted.starts_with(seen)) {
    give_up("the client does not begin as HTTP/2 does");
    return false;
  }
  half.preface_size += seen.size();
  bytes = bytes.subspan(seen.size());
  return half.preface_size == kClientPreface.size();
}

void Demultiplexer::miss(Direction direction, std::uint64_t count, StreamEvents& events) {
  if (!obstacle_.empty()) return;
  Half& half = halves_[index(direction)];
  const FrameHeader* const open = half.frames.open_frame();
  const bool is_within = open != nullptr && count <= half.frames.payload_left();
  const bool is_data = is_within && open->is(FrameType::data) && half.has_prefix;
  if (!is_data && !(is_within && is_of_no_account(*open))) {
    return give_up("bytes are missing from the capture outside the data of a stream");
  }
  const FrameHeader frame = *open;
  const auto content =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(count, half.content_left));
  const FrameReader::Part part = half.frames.skip(static_cast<std::uint32_t>(count));
  if (!is_data) return;
  half.content_left -= content;
  if (content > 0 && may_speak(frame.stream, direction)) {
    events.on_missed(frame.stream, direction, content);
  }
  if (part.is_last && frame.has(kEndStream)) end(frame.stream, sender(direction), events);
}

void Demultiplexer::take_part(Direction direction, const FrameReader::Part& part,
                              StreamEvents& events) {
  Half& half = halves_[index(direction)];
  if (part.is_first) begin_frame(half, part.frame);
  if (!obstacle_.empty()) return;
  switch (static_cast<FrameType>(part.frame.type)) {
    case FrameType::settings:
      return take_settings(direction, part);
    case FrameType::rst_stream:
      return take_reset(direction, part, events);
    case FrameType::goaway:
      return take_goodbye(direction, part);
    case FrameType::data:
    case FrameType::headers:
    case FrameType::push_promise:
    case FrameType::continuation:
      return take_content(direction, part, events);
    default:
      return;
  }
}

// RFC 9113 sections 3.4 and 6.10: which frames may not come here.
void Demultiplexer::begin_frame(Half& half, const FrameHeader& frame) {
  half.small.size = 0;
  half.has_prefix = false;
  const bool is_first_of_all = !std::exchange(half.has_settings, true);
  if (is_first_of_all && (!frame.is(FrameType::settings) || frame.has(kAck) || frame.stream != 0)) {
    return give_up("a side does not begin with its settings, as HTTP/2 does");
  }
  const bool goes_on = frame.is(FrameType::continuation);
  if (goes_on != half.is_within_section || (goes_on && frame.stream != half.section_stream)) {
    give_up("a field section is interrupted, or goes on without having begun");
  }
}

// Returns whether all of it is there.
bool Demultiplexer::take_prefix(Half& half, const FrameReader::Part& part, ByteView& rest) {
  if (half.has_prefix) return true;
  const std::size_t wanted = prefix_size(part.frame);
  half.small.take(rest, wanted);
  if (half.small.size < wanted) {
    if (part.is_last) give_up("a frame is shorter than what it has to hold");
    return false;
  }
  const bool is_padded = part.frame.has(kPadded) && !part.frame.is(FrameType::continuation);
  const std::size_t padding = is_padded ? std::to_integer<std::size_t>(half.small.bytes[0]) : 0;
  if (wanted + padding > part.frame.length) {
    give_up("a frame has more padding than it is long");
    return false;
  }
  half.has_prefix = true;
  half.content_left = part.frame.length - static_cast<std::uint32_t>(wanted + padding);
  return true;
}

void Demultiplexer::take_content(Direction direction, const FrameReader::Part& part,
                                 StreamEvents& events) {
  Half& half = halves_[index(direction)];
  ByteView rest = part.bytes;
  const bool had_prefix = half.has_prefix;
  if (!take_prefix(half, part, rest)) return;
  const bool begins = part.frame.is(FrameType::headers) || part.frame.is(FrameType::push_promise);
  if (!had_prefix && begins) begin_section(direction, part.frame);
  const ByteView content = rest.first(std::min<std::size_t>(rest.size(), half.content_left));
  half.content_left -= static_cast<std::uint32_t>(content.size());
  if (part.frame.is(FrameType::data)) {
    take_data(direction, part, content, events);
  } else {
    take_fields(direction, part, content, events);
  }
}

void Demultiplexer::take_data(Direction direction, const FrameReader::Part& part, ByteView data,
                              StreamEvents& events) {
  const std::uint32_t stream = part.frame.stream;
  if (!data.empty() && may_speak(stream, direction)) events.on_data(stream, direction, data);
  if (part.is_last && part.frame.has(kEndStream)) end(stream, sender(direction), events);
}

void Demultiplexer::begin_section(Direction direction, const FrameHeader& frame) {
  Half& half = halves_[index(direction)];
  half.is_within_section = true;
  half.section_stream = frame.stream;
  half.ends_stream = frame.is(FrameType::headers) && frame.has(kEndStream);
  const auto known = streams_.find(frame.stream);
  const bool is_wanted = direction == Direction::client_to_server
                             ? known == streams_.end()
                             : may_speak(frame.stream, direction) && !known->second.is_answered;
  // Others are read all the same: later sections build on them.
  if (frame.is(FrameType::headers) && is_wanted) half.head.emplace();
}

void Demultiplexer::take_fields(Direction direction, const FrameReader::Part& part,
                                ByteView content, StreamEvents& events) {
  Half& half = halves_[index(direction)];
  const bool is_end = part.is_last && part.frame.has(kEndHeaders);
  const bool is_read =
      half.fields.decode(content, is_end, [&half](std::string_view name, std::string_view value) {
        if (half.head) half.head->add(name, value);
      });
  if (!is_read) return give_up("its compressed header fields (HPACK) cannot be read");
  if (is_end) end_section(direction, events);
}

void Demultiplexer::end_section(Direction direction, StreamEvents& events) {
  Half& half = halves_[index(direction)];
  half.is_within_section = false;
  const auto head = std::exchange(half.head, std::nullopt);
  if (head && direction == Direction::client_to_server) {
    take_request(half.section_stream, *head, events);
  } else if (head) {
    take_response(half.section_stream, *head, events);
  }
  if (half.ends_stream) end(half.section_stream, sender(direction), events);
}

void Demultiplexer::take_request(std::uint32_t stream, const StreamHead& head,
                                 StreamEvents& events) {
  if (!head.asks_for_websocket()) return;
  if (head.is_too_long()) return events.on_passed_over(stream, "its request is too long");
  if (streams_.size() >= kMostStreams) {
    return events.on_passed_over(stream, "too many streams are open at once");
  }
  streams_.emplace(stream, Stream());
  events.on_request(stream, head.request_text());
}

void Demultiplexer::take_response(std::uint32_t stream, const StreamHead& head,
                                  StreamEvents& events) {
  if (head.is_too_long()) {
    streams_.erase(stream);
    return events.on_passed_over(stream, "its answer is too long");
  }
  if (!head.is_interim()) streams_.at(stream).is_answered = true;
  events.on_response(stream, head.response_text());
}

void Demultiplexer::take_settings(Direction direction, const FrameReader::Part& part) {
  Half& half = halves_[index(direction)];
  ByteView rest = part.bytes;
  if (part.is_first) half.asked.smallest = half.asked.last;
  while (!rest.empty()) {
    half.small.take(rest, kSettingSize);
    if (half.small.size < kSettingSize) break;
    half.small.size = 0;
    const ByteView setting(half.small.bytes);
    if (number(setting.first(2)) != kHeaderTableSize) continue;
    half.asked.last = number(setting.subspan(2, 4));
    half.asked.smallest = std::min(half.asked.smallest, half.asked.last);
  }
  if (!part.is_last) return;
  if (part.frame.has(kAck)) {
    allow_tables(half, halves_[1 - index(direction)].unacknowledged);
  } else if (half.unacknowledged.size() < kMostUnacknowledged) {
    half.unacknowledged.push_back(half.asked);
  } else {
    give_up("its settings are never acknowledged");
  }
}

// RFC 9113 section 6.5.3: from the acknowledgement on, what was asked for holds.
void Demultiplexer::allow_tables(Half& encoder, std::vector<TableSizes>& unacknowledged) {
  if (unacknowledged.empty()) return;
  const TableSizes sizes = unacknowledged.front();
  unacknowledged.erase(unacknowledged.begin());
  for (const std::uint32_t size : {sizes.smallest, sizes.last}) {
    if (size == encoder.fields.table_limit()) continue;
    if (!encoder.fields.allow_table(size)) {
      return give_up("it asks for a header table that is larger than 1 MiB");
    }
  }
}

void Demultiplexer::take_reset(Direction direction, const FrameReader::Part& part,
                               StreamEvents& events) {
  Half& half = halves_[index(direction)];
  ByteView rest = part.bytes;
  half.small.take(rest, 4);
  if (!part.is_last || half.small.size < 4 || streams_.erase(part.frame.stream) == 0) return;
  events.on_reset(part.frame.stream, sender(direction),
                  number(ByteView(half.small.bytes).first(4)));
}

// The last stream, then the code (RFC 9113 section 6.8).
void Demultiplexer::take_goodbye(Direction direction, const FrameReader::Part& part) {
  Half& half = halves_[index(direction)];
  ByteView rest = part.bytes;
  half.small.take(rest, 8);
  if (!part.is_last || half.small.size < 8) return;
  goodbyes_[index(sender(direction))] = number(ByteView(half.small.bytes).subspan(4, 4));
}

// Whether it is followed, and this side has not ended it (RFC 9113 section 5.1).
bool Demultiplexer::may_speak(std::uint32_t stream, Direction direction) const {
  const auto found = streams_.find(stream);
  return found != streams_.end() && !found->second.has_ended[index(sender(direction))];
}

void Demultiplexer::end(std::uint32_t stream, Endpoint sender, StreamEvents& events) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || std::exchange(found->second.has_ended[index(sender)], true)) {
    return;
  }
  const bool is_over = found->second.has_ended[index(other(sender))];
  if (is_over) streams_.erase(found);
  events.on_end(stream, sender, is_over);
}

}  // namespace lastframe::http2
