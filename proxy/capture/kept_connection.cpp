#include "capture/kept_connection.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "capture/input_codec.h"
#include "capture/recording_format.h"
#include "core/ws/frame.h"

namespace lastframe::capture {
namespace {

// Brings together what is kept in several places, in its order.
class EntryWriter {
 public:
  EntryWriter(const KeptConnection& kept, const RedactionOptions& redaction, std::string& out)
      : kept_(kept), out_(out), http_(kept.http), last_(kept.accepted) {
    for (std::string& bytes : http_) redact_http(bytes, redaction);
    for (const Direction direction : kDirections) {
      cursors_[index(direction)].emplace(kept.rings[index(direction)]);
      next_[index(direction)] = first_of(direction);
    }
  }

  void write_all() {
    while (true) {
      const std::uint64_t chunk = sequence_of(kept_.chunks, chunk_);
      const std::uint64_t other = sequence_of(kept_.others, other_);
      const std::uint64_t rings = std::min(sequence_of(next_[0]), sequence_of(next_[1]));
      const std::uint64_t least = std::min({chunk, other, rings});
      if (least == kNone) return;
      if (least == chunk) {
        write_chunk(kept_.chunks[chunk_++]);
      } else if (least == other) {
        const KeptConnection::Other& entry = kept_.others[other_++];
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
    missed_[index(direction)] = kept_.dropped[index(direction)];
    auto entry = cursor.next();
    while (missed_[index(direction)] > 0 && entry && !entry->is_frame_start) {
      missed_[index(direction)] += entry->stream_bytes;
      entry = cursor.next();
    }
    return entry;
  }

  void write_chunk(const KeptConnection::HttpChunk& chunk) {
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
    const Moment at = kept_.accepted + std::chrono::microseconds(entry->microseconds);
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

  const KeptConnection& kept_;
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

std::string flaw_block(const KeptConnection& kept, FlawKind kind, std::string text) {
  return dropped_block(
      {.kind = kind, .connection = kept.id, .direction = std::nullopt, .text = std::move(text)});
}

}  // namespace

KeptConnection::KeptConnection(const session::RecordingStart& start)
    : id(start.id),
      accepted(start.accepted),
      accepted_wall(start.accepted_wall),
      client(start.client),
      listener(start.listener),
      upstream(start.upstream),
      watched_head(start.watched_head),
      is_client_trusted(start.is_client_trusted),
      resynchronises(start.resynchronises) {}

std::size_t KeptConnection::memory() const {
  std::size_t size = chunks.capacity() * sizeof(HttpChunk) + others.capacity() * sizeof(Other);
  for (const Other& other : others) size += other.body.capacity();
  for (const Direction direction : kDirections) {
    size += http[index(direction)].capacity() + rings[index(direction)].memory();
  }
  return size;
}

void KeptConnection::drop_frames() {
  for (const Direction direction : kDirections) {
    EntryRing& ring = rings[index(direction)];
    while (!ring.is_empty()) dropped[index(direction)] += ring.drop_oldest();
    ring.clear();
  }
}

std::string start_blocks(const KeptConnection& kept, const FlightOptions& options) {
  std::string out = start_block({.id = kept.id,
                                 .client = kept.client,
                                 .listener = kept.listener,
                                 .upstream = kept.upstream,
                                 .is_client_trusted = kept.is_client_trusted,
                                 .resynchronises = kept.resynchronises,
                                 .watched_head = kept.watched_head,
                                 .accepted = kept.accepted,
                                 .accepted_wall = kept.accepted_wall});
  if (kept.is_http_over_limit) {
    out += not_kept_block(kept, "the beginning of the connection was not kept");
  }
  if (!options.keeps_payload) {
    out += flaw_block(kept, FlawKind::no_payload, "payload was not kept");
  }
  return out;
}

InputBlocks input_blocks(const KeptConnection& kept, const RedactionOptions& redaction) {
  std::string entries;
  EntryWriter writer(kept, redaction, entries);
  writer.write_all();
  return {.blocks = entries.empty() ? std::string() : inputs_block(kept.id, 0, entries),
          .untold = writer.untold()};
}

std::string dropped_blocks(const KeptConnection& kept, Direction direction) {
  const std::uint64_t dropped = kept.dropped[index(direction)];
  if (dropped == 0) return {};
  return dropped_block({.kind = FlawKind::not_kept,
                        .connection = kept.id,
                        .direction = direction,
                        .offset = 0,
                        .bytes = dropped,
                        .text = "older frames gave way to newer ones"});
}

std::string not_kept_block(const KeptConnection& kept, std::string text) {
  return flaw_block(kept, FlawKind::not_kept, std::move(text));
}

std::string texts_block(const KeptConnection& kept, Moment at, const session::Texts& texts) {
  std::string body;
  std::string entry;
  append_input(session::TextsKnown{.texts = &texts}, body);
  write_entry(body, kept.since_accepted(at), entry);
  return inputs_block(kept.id, 0, entry);
}

}  // namespace lastframe::capture
