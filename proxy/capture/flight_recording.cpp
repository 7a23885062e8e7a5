#include "capture/flight_recording.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "capture/input_codec.h"
#include "capture/recording_format.h"

namespace lastframe::capture {
namespace {

// How finely the order of activity is known, and how often a whole recording hands out.
constexpr std::chrono::seconds kActivityStep{1};
constexpr std::uint64_t kLargestBare = std::uint64_t{1} << 20;
constexpr int kMostGivenUpAtOnce = 16;
constexpr std::size_t kHandOutSize = std::size_t{32} * 1024;

}  // namespace

// Brings together what is kept in several places, in its order.
class FlightRecording::EntryWriter {
 public:
  EntryWriter(const FlightRecording& recording, std::string& out)
      : recording_(recording), out_(out), http_(recording.http_), last_(recording.accepted_) {
    for (std::string& bytes : http_) redact_http(bytes, recording.options_.redaction);
    for (const Direction direction : kDirections) {
      cursors_[index(direction)].emplace(recording.rings_[index(direction)]);
      next_[index(direction)] = first_of(direction);
    }
  }

  void write_all() {
    while (true) {
      const std::uint64_t chunk = sequence_of(recording_.chunks_, chunk_);
      const std::uint64_t other = sequence_of(recording_.others_, other_);
      const std::uint64_t rings = std::min(sequence_of(next_[0]), sequence_of(next_[1]));
      const std::uint64_t least = std::min({chunk, other, rings});
      if (least == kNone) return;
      if (least == chunk) {
        write_chunk(recording_.chunks_[chunk_++]);
      } else if (least == other) {
        const Other& entry = recording_.others_[other_++];
        write(entry.body, entry.at);
      } else {
        write_ring(least == sequence_of(next_[0]) ? Direction::client_to_server
                                                  : Direction::server_to_client);
      }
    }
  }

  // Bytes that are not there, by Direction, whose gap no entry was written behind.
  const std::array<std::uint64_t, 2>& untold() const { return missed_; }

  void write(std::string_view body, Moment at) {
    write_entry(body, static_cast<std::uint64_t>(std::max(at - last_, Moment::duration{}).count()),
                out_);
    last_ = std::max(last_, at);
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  template <typename List>
  static std::uint64_t sequence_of(const List& list, std::size_t place) {
    return place < list.size() ? list[place].sequence : kNone;
  }
  static std::uint64_t sequence_of(const std::optional<EntryRing::Entry>& entry) {
    return entry ? entry->sequence : kNone;
  }

  // Behind what was dropped, the first piece that begins a frame.
  std::optional<EntryRing::Entry> first_of(Direction direction) {
    auto& cursor = *cursors_[index(direction)];
    missed_[index(direction)] = recording_.dropped_[index(direction)];
    auto entry = cursor.next();
    while (missed_[index(direction)] > 0 && entry && !entry->is_frame_start) {
      missed_[index(direction)] += entry->stream_bytes;
      entry = cursor.next();
    }
    return entry;
  }

  void write_chunk(const HttpChunk& chunk) {
    std::size_t& at = http_at_[index(chunk.direction)];
    const std::string_view bytes = std::string_view(http_[index(chunk.direction)]);
    std::string body;
    append_input(session::BytesRelayed{.direction = chunk.direction,
                                       .bytes = as_bytes(bytes.substr(at, chunk.size))},
                 body);
    at += chunk.size;
    write(body, chunk.at);
  }

  void write_ring(Direction direction) {
    auto& entry = next_[index(direction)];
    const Moment at = recording_.accepted_ + std::chrono::microseconds(entry->microseconds);
    if (const std::uint64_t missed = std::exchange(missed_[index(direction)], 0); missed > 0) {
      std::string body;
      append_input(
          session::BytesMissed{.direction = direction, .count = missed, .is_frame_next = true},
          body);
      write(body, at);
    }
    if (entry->form == EntryRing::Form::bare_header) {
      write_bare(direction, entry->body, at);
    } else {
      write(entry->body, at);
    }
    entry = cursors_[index(direction)]->next();
  }

  // The payload came with its header, and nothing of it is there.
  void write_bare(Direction direction, std::string_view header, Moment at) {
    std::string body;
    append_input(session::BytesRelayed{.direction = direction, .bytes = as_bytes(header)}, body);
    write(body, at);
    const auto* const bytes = as_bytes(header).data();
    const std::uint64_t payload = ws::decode_frame_header(bytes).payload_length;
    if (payload == 0) return;
    body.clear();
    append_input(
        session::BytesMissed{.direction = direction, .count = payload, .is_frame_next = true},
        body);
    write(body, at);
  }

  const FlightRecording& recording_;
  std::string& out_;
  std::array<std::string, 2> http_;
  std::array<std::size_t, 2> http_at_{};
  std::array<std::optional<EntryRing::Cursor>, 2> cursors_;
  std::array<std::optional<EntryRing::Entry>, 2> next_;
  std::array<std::uint64_t, 2> missed_{};
  std::size_t chunk_ = 0;
  std::size_t other_ = 0;
  Moment last_;
};

FlightRecording::FlightRecording(const session::RecordingStart& start, FlightDeck& deck)
    : deck_(&deck),
      options_(deck.options),
      memory_(deck.memory),
      place_(deck.by_age.insert(deck.by_age.end(), this)),
      id_(start.id),
      accepted_(start.accepted),
      accepted_wall_(start.accepted_wall),
      active_(start.accepted),
      handed_out_(start.accepted),
      client_(start.client),
      listener_(start.listener),
      upstream_(start.upstream),
      cutters_{FrameCutter(Direction::client_to_server), FrameCutter(Direction::server_to_client)},
      watched_head_(start.watched_head),
      is_client_trusted_(start.is_client_trusted),
      resynchronises_(start.resynchronises) {
  account();
}

FlightRecording::~FlightRecording() {
  if (deck_ != nullptr) deck_->by_age.erase(place_);
  memory_ -= accounted_;
}

void FlightRecording::take(Moment now, const session::Input& input) {
  if (const auto* bytes = std::get_if<session::BytesRelayed>(&input))
    return take_bytes(now, *bytes);
  if (std::holds_alternative<session::StreamEnded>(input)) flush_cutters(now);
  Other& entry = others_.emplace_back(sequence_++, now, std::string());
  append_input(input, entry.body);
}

void FlightRecording::take_bytes(Moment now, const session::BytesRelayed& input) {
  note_activity(now);
  if (is_opened_) return cut(input.direction, now, sequence_++, input.bytes);
  if (!is_http_over_limit_) {
    std::string& http = http_[index(input.direction)];
    if (http.size() + input.bytes.size() > kLongestHttp) {
      is_http_over_limit_ = true;
      http_ = {};
      chunks_ = {};
    } else {
      http += as_text(input.bytes);
      chunks_.push_back({.sequence = sequence_++,
                         .at = now,
                         .direction = input.direction,
                         .size = static_cast<std::uint32_t>(input.bytes.size())});
    }
  }
  account();
}

// What came before it was known that these are frames, is cut now.
void FlightRecording::note_opened(const std::array<std::uint64_t, 2>& http_bytes) {
  is_opened_ = true;
  const auto chunks = std::exchange(chunks_, {});
  std::array<std::string, 2> early;
  for (const Direction direction : kDirections) {
    std::string& http = http_[index(direction)];
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(http_bytes[index(direction)], http.size()));
    early[index(direction)] = http.substr(size);
    http.resize(size);
    http.shrink_to_fit();
  }
  std::array<std::size_t, 2> at{};
  std::array<std::size_t, 2> early_at{};
  for (HttpChunk chunk : chunks) {
    const std::size_t i = index(chunk.direction);
    const std::size_t in_http = std::min<std::size_t>(chunk.size, http_[i].size() - at[i]);
    at[i] += in_http;
    const std::size_t in_frames = chunk.size - in_http;
    if (in_http > 0) {
      chunk.size = static_cast<std::uint32_t>(in_http);
      chunks_.push_back(chunk);
    }
    if (in_frames == 0) continue;
    cut(chunk.direction, chunk.at, chunk.sequence,
        as_bytes(std::string_view(early[i]).substr(early_at[i], in_frames)));
    early_at[i] += in_frames;
  }
  chunks_.shrink_to_fit();
  account();
}

void FlightRecording::cut(Direction direction, Moment now, std::uint64_t sequence, ByteView bytes) {
  FrameCutter& cutter = cutters_[index(direction)];
  const bool can_be_bare = !options_.keeps_payload && !options_.has_digests;
  while (!bytes.empty()) {
    if (can_be_bare && cutter.is_between_frames() &&
        keep_bare_header(direction, now, sequence, bytes)) {
      continue;
    }
    if (cutter.next(bytes, options_, piece_)) keep(direction, now, sequence, piece_);
  }
}

// Most frames lie in one read as a whole, and nothing is kept of them but their header. False: this
// one does not, or it is a Close, whose code is kept, too.
inline bool FlightRecording::keep_bare_header(Direction direction, Moment now,
                                              std::uint64_t sequence, ByteView& bytes) {
  if (bytes.size() < 2) return false;
  const std::size_t header = ws::header_length(bytes[1]);
  if (bytes.size() < header) return false;
  std::uint64_t payload = std::to_integer<unsigned>(bytes[1]) & 0x7FU;
  if (payload >= 126) payload = ws::decode_frame_header(bytes.data()).payload_length;
  const bool is_close =
      (std::to_integer<unsigned>(bytes[0]) & 0xFU) == static_cast<unsigned>(ws::Opcode::close);
  if (is_close || payload > kLargestBare || bytes.size() - header < payload) return false;
  const std::size_t size = header + static_cast<std::size_t>(payload);
  append(direction, {.sequence = sequence,
                     .microseconds = since_accepted(now),
                     .form = EntryRing::Form::bare_header,
                     .is_frame_start = true,
                     .stream_bytes = size,
                     .body = as_text(bytes.first(header))});
  if (options_.is_whole) hand_out_if_due(direction, now);
  bytes = bytes.subspan(size);
  return true;
}

void FlightRecording::keep(Direction direction, Moment now, std::uint64_t sequence,
                           const FrameCutter::Piece& piece) {
  append(direction, {.sequence = sequence,
                     .microseconds = since_accepted(now),
                     .is_frame_start = piece.is_frame_start,
                     .stream_bytes = piece.stream_bytes,
                     .body = piece.body});
  if (options_.is_whole) hand_out_if_due(direction, now);
}

void FlightRecording::hand_out_if_due(Direction direction, Moment now) {
  const bool is_full = rings_[index(direction)].size() >= kHandOutSize;
  if (is_full || now - handed_out_ >= kActivityStep) hand_out(now);
}

inline void FlightRecording::append(Direction direction, const EntryRing::Entry& entry) {
  EntryRing& ring = rings_[index(direction)];
  make_room(ring, direction, entry.body.size());
  if (ring.append(entry)) account();
}

// What waits for the rest of its frame came before what follows now.
void FlightRecording::flush_cutters(Moment now) {
  if (!is_opened_) return;
  for (const Direction direction : kDirections) {
    if (cutters_[index(direction)].rest(piece_)) keep(direction, now, sequence_++, piece_);
  }
}

void FlightRecording::make_room(EntryRing& ring, Direction direction, std::size_t size) {
  if (options_.is_whole) return;
  while (!ring.is_empty() &&
         (ring.count() >= options_.frames || ring.size() + size > options_.bytes)) {
    dropped_[index(direction)] += ring.drop_oldest();
  }
}

void FlightRecording::note_activity(Moment now) {
  if (deck_ == nullptr || now - active_ < kActivityStep) return;
  active_ = now;
  deck_->by_age.splice(deck_->by_age.end(), deck_->by_age, place_);
}

std::size_t FlightRecording::measured() const {
  std::size_t size =
      sizeof(*this) + chunks_.capacity() * sizeof(HttpChunk) + others_.capacity() * sizeof(Other);
  for (const Direction direction : kDirections) {
    size += http_[index(direction)].capacity() + rings_[index(direction)].memory();
  }
  return size;
}

// Over the budget, those that have been quiet for longest give up what they keep.
void FlightRecording::account() {
  const std::size_t now = measured();
  if (now == accounted_) return;
  const std::size_t total = memory_ += now - std::exchange(accounted_, now);
  if (total <= options_.memory || deck_ == nullptr) return;
  auto& by_age = deck_->by_age;
  for (int tries = 0; tries < kMostGivenUpAtOnce && memory_ > options_.memory; ++tries) {
    FlightRecording* const oldest = by_age.front();
    by_age.splice(by_age.end(), by_age, by_age.begin());
    if (oldest != this) oldest->give_up();
  }
}

void FlightRecording::give_up() {
  for (const Direction direction : kDirections) {
    EntryRing& ring = rings_[index(direction)];
    while (!ring.is_empty()) dropped_[index(direction)] += ring.drop_oldest();
    ring.clear();
  }
  if (!is_opened_) {
    is_http_over_limit_ = true;
    http_ = {};
    chunks_ = {};
  }
  ++deck_->given_up;
  const std::size_t now = measured();
  memory_ += now - std::exchange(accounted_, now);
}

void FlightRecording::note_over(Moment now, bool has_report) {
  flush_cutters(now);
  over_ = now;
  if (options_.is_whole && is_opened_ && deck_ != nullptr) {
    hand_out(now);
    if (!has_report)
      deck_->outlet(end_block(id_, static_cast<std::uint64_t>((now - accepted_).count())));
  }
  if (deck_ != nullptr) deck_->by_age.erase(place_);
  deck_ = nullptr;
}

void FlightRecording::hand_out(Moment now) {
  handed_out_ = now;
  std::string out;
  if (!is_start_out_) out = head_block() + never_kept();
  std::array<std::uint64_t, 2> untold{};
  const std::string own = entries(nullptr, untold);
  for (const Direction direction : kDirections) {
    if (untold[index(direction)] == 0) out += gave_way(direction);
  }
  out += own;
  if (!out.empty() && !deck_->outlet(std::move(out))) lost_ += own.size();
  is_start_out_ = true;
  dropped_ = untold;
  http_ = {};
  chunks_ = {};
  others_ = {};
  for (EntryRing& ring : rings_) ring.clear();
}

std::string FlightRecording::head_block() const {
  return start_block({.id = id_,
                      .client = client_,
                      .listener = listener_,
                      .upstream = upstream_,
                      .is_client_trusted = is_client_trusted_,
                      .resynchronises = resynchronises_,
                      .watched_head = watched_head_,
                      .accepted = accepted_,
                      .accepted_wall = accepted_wall_});
}

std::string FlightRecording::entries(const session::Texts* texts,
                                     std::array<std::uint64_t, 2>& untold) const {
  std::string entries;
  EntryWriter writer(*this, entries);
  writer.write_all();
  untold = writer.untold();
  if (texts != nullptr) {
    std::string body;
    append_input(session::TextsKnown{.texts = texts}, body);
    writer.write(body, over_);
  }
  return entries.empty() ? std::string() : inputs_block(id_, 0, entries);
}

std::string FlightRecording::not_kept(std::string text, FlawKind kind) const {
  return dropped_block(
      {.kind = kind, .connection = id_, .direction = std::nullopt, .text = std::move(text)});
}

std::string FlightRecording::never_kept() const {
  std::string out;
  if (is_http_over_limit_) out = not_kept("the beginning of the connection was not kept");
  if (!options_.keeps_payload) out += not_kept("payload was not kept", FlawKind::no_payload);
  return out;
}

std::string FlightRecording::gave_way(Direction direction) const {
  const std::uint64_t dropped = dropped_[index(direction)];
  if (dropped == 0) return {};
  return dropped_block({.kind = FlawKind::not_kept,
                        .connection = id_,
                        .direction = direction,
                        .offset = 0,
                        .bytes = dropped,
                        .text = "older frames gave way to newer ones"});
}

std::string FlightRecording::blocks(const session::Texts* texts) const {
  std::string out = head_block() + never_kept();
  for (const Direction direction : kDirections) out += gave_way(direction);
  std::array<std::uint64_t, 2> untold{};
  return out + entries(texts, untold);
}

std::string FlightRecording::last_blocks(std::string_view record_json,
                                         const session::Texts* texts) const {
  std::string out =
      is_start_out_ ? gave_way(Direction::client_to_server) + gave_way(Direction::server_to_client)
                    : blocks(nullptr);
  if (texts != nullptr) {
    std::string body;
    std::string entry;
    append_input(session::TextsKnown{.texts = texts}, body);
    write_entry(body, static_cast<std::uint64_t>((over_ - accepted_).count()), entry);
    out += inputs_block(id_, 0, entry);
  }
  if (lost_ > 0) out += not_kept("parts of the recording found no room on their way to the file");
  out += record_block(id_, record_json);
  return out + end_block(id_, static_cast<std::uint64_t>((over_ - accepted_).count()));
}

}  // namespace lastframe::capture
