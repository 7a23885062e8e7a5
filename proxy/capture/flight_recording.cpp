#include "capture/flight_recording.h"

#include <algorithm>
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

FlightRecording::FlightRecording(const session::RecordingStart& start, FlightDeck& deck)
    : deck_(&deck),
      budget_(deck.budget),
      place_(deck.by_age.insert(deck.by_age.end(), this)),
      kept_(start),
      cutters_{FrameCutter(Direction::client_to_server), FrameCutter(Direction::server_to_client)},
      active_(start.accepted),
      handed_out_(start.accepted) {
  account();
}

FlightRecording::~FlightRecording() {
  if (deck_ != nullptr) deck_->by_age.erase(place_);
  budget_->memory -= accounted_;
}

void FlightRecording::take(Moment now, const session::Input& input) {
  if (const auto* bytes = std::get_if<session::BytesRelayed>(&input))
    return take_bytes(now, *bytes);
  if (std::holds_alternative<session::StreamEnded>(input)) flush_cutters(now);
  auto& entry = kept_.others.emplace_back(sequence_++, now, std::string());
  if (const auto* head = std::get_if<session::HeadRelayed>(&input)) {
    std::string text(head->text);
    redact_http(text, options().redaction);
    append_input(session::HeadRelayed{.direction = head->direction, .text = text}, entry.body);
  } else {
    append_input(input, entry.body);
  }
  account();
}

void FlightRecording::take_bytes(Moment now, const session::BytesRelayed& input) {
  note_activity(now);
  if (is_opened_) return cut(input.direction, now, sequence_++, input.bytes);
  if (!kept_.is_http_over_limit) {
    std::string& http = kept_.http[index(input.direction)];
    if (http.size() + input.bytes.size() > kLongestHttp) {
      kept_.is_http_over_limit = true;
      kept_.drop_http();
    } else {
      http += as_text(input.bytes);
      kept_.chunks.push_back({.sequence = sequence_++,
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
  const auto chunks = std::exchange(kept_.chunks, {});
  std::array<std::string, 2> early;
  for (const Direction direction : kDirections) {
    std::string& http = kept_.http[index(direction)];
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(http_bytes[index(direction)], http.size()));
    early[index(direction)] = http.substr(size);
    http.resize(size);
    http.shrink_to_fit();
  }
  std::array<std::size_t, 2> at{};
  std::array<std::size_t, 2> early_at{};
  for (KeptConnection::HttpChunk chunk : chunks) {
    const std::size_t i = index(chunk.direction);
    const std::size_t in_http = std::min<std::size_t>(chunk.size, kept_.http[i].size() - at[i]);
    at[i] += in_http;
    const std::size_t in_frames = chunk.size - in_http;
    if (in_http > 0) {
      chunk.size = static_cast<std::uint32_t>(in_http);
      kept_.chunks.push_back(chunk);
    }
    if (in_frames == 0) continue;
    cut(chunk.direction, chunk.at, chunk.sequence,
        as_bytes(std::string_view(early[i]).substr(early_at[i], in_frames)));
    early_at[i] += in_frames;
  }
  kept_.chunks.shrink_to_fit();
  account();
}

void FlightRecording::cut(Direction direction, Moment now, std::uint64_t sequence, ByteView bytes) {
  FrameCutter& cutter = cutters_[index(direction)];
  const bool can_be_bare = !options().keeps_payload && !options().has_digests;
  while (!bytes.empty()) {
    if (can_be_bare && cutter.is_between_frames() &&
        keep_bare_header(direction, now, sequence, bytes)) {
      continue;
    }
    if (cutter.next(bytes, options(), piece_)) keep(direction, now, sequence, piece_);
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
                     .microseconds = kept_.since_accepted(now),
                     .form = EntryRing::Form::bare_header,
                     .is_frame_start = true,
                     .stream_bytes = size,
                     .body = as_text(bytes.first(header))});
  if (options().is_whole) hand_out_if_due(direction, now);
  bytes = bytes.subspan(size);
  return true;
}

void FlightRecording::keep(Direction direction, Moment now, std::uint64_t sequence,
                           const FrameCutter::Piece& piece) {
  append(direction, {.sequence = sequence,
                     .microseconds = kept_.since_accepted(now),
                     .is_frame_start = piece.is_frame_start,
                     .stream_bytes = piece.stream_bytes,
                     .body = piece.body});
  if (options().is_whole) hand_out_if_due(direction, now);
}

void FlightRecording::hand_out_if_due(Direction direction, Moment now) {
  const bool is_full = kept_.rings[index(direction)].size() >= kHandOutSize;
  if (is_full || now - handed_out_ >= kActivityStep) hand_out(now);
}

inline void FlightRecording::append(Direction direction, const EntryRing::Entry& entry) {
  EntryRing& ring = kept_.rings[index(direction)];
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
  if (options().is_whole) return;
  while (!ring.is_empty() &&
         (ring.count() >= options().frames || ring.size() + size > options().bytes)) {
    kept_.dropped[index(direction)] += ring.drop_oldest();
  }
}

void FlightRecording::note_activity(Moment now) {
  if (deck_ == nullptr || now - active_ < kActivityStep) return;
  active_ = now;
  deck_->by_age.splice(deck_->by_age.end(), deck_->by_age, place_);
}

// What all recordings use together.
std::size_t FlightRecording::remeasure() {
  const std::size_t now = sizeof(*this) + kept_.memory();
  return budget_->memory += now - std::exchange(accounted_, now);
}

// Over the budget, those that have been quiet for longest give up what they keep.
void FlightRecording::account() {
  if (remeasure() <= options().memory || deck_ == nullptr) return;
  auto& by_age = deck_->by_age;
  for (int tries = 0; tries < kMostGivenUpAtOnce && budget_->memory > options().memory; ++tries) {
    FlightRecording* const oldest = by_age.front();
    by_age.splice(by_age.end(), by_age, by_age.begin());
    if (oldest != this) oldest->give_up();
  }
}

void FlightRecording::give_up() {
  kept_.drop_frames();
  if (!is_opened_) {
    kept_.is_http_over_limit = true;
    kept_.drop_http();
  }
  ++budget_->given_up;
  remeasure();
}

void FlightRecording::note_over(Moment now, bool has_report) {
  flush_cutters(now);
  over_ = now;
  if (options().is_whole && is_opened_ && deck_ != nullptr) {
    hand_out(now);
    if (!has_report) deck_->outlet(end_block(kept_.id, kept_.since_accepted(now)));
  }
  if (deck_ != nullptr) deck_->by_age.erase(place_);
  deck_ = nullptr;
}

void FlightRecording::hand_out(Moment now) {
  handed_out_ = now;
  std::string out;
  if (!is_start_out_) out = start_blocks(kept_, options());
  const InputBlocks inputs = input_blocks(kept_, options().redaction);
  for (const Direction direction : kDirections) {
    if (inputs.untold[index(direction)] == 0) out += dropped_blocks(kept_, direction);
  }
  out += inputs.blocks;
  if (!out.empty() && !deck_->outlet(std::move(out))) lost_ += inputs.blocks.size();
  is_start_out_ = true;
  kept_.dropped = inputs.untold;
  kept_.drop_http();
  kept_.others = {};
  for (EntryRing& ring : kept_.rings) ring.clear();
}

std::string FlightRecording::blocks() const {
  std::string out = start_blocks(kept_, options());
  if (is_start_out_) {
    out += not_kept_block(kept_, "what came before was written to files of recordings already");
  }
  for (const Direction direction : kDirections) out += dropped_blocks(kept_, direction);
  return out + input_blocks(kept_, options().redaction).blocks;
}

std::string FlightRecording::last_blocks(std::string_view record_json,
                                         const session::Texts* texts) const {
  std::string out;
  if (is_start_out_) {
    for (const Direction direction : kDirections) out += dropped_blocks(kept_, direction);
  } else {
    out = blocks();
  }
  if (texts != nullptr) out += texts_block(kept_, over_, *texts);
  if (lost_ > 0) {
    out += not_kept_block(kept_, "parts of the recording found no room on their way to the file");
  }
  out += record_block(kept_.id, record_json);
  return out + end_block(kept_.id, kept_.since_accepted(over_));
}

}  // namespace lastframe::capture
