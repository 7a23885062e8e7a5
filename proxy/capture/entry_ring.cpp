#include "capture/entry_ring.h"

#include "capture/codec.h"

namespace lastframe::capture {
namespace {

// Space in front that is not worth moving what is behind it.
constexpr std::size_t kSlack = 256;

struct StoredEntry {
  EntryRing::Entry entry;
  std::size_t size = 0;  // in the store
};

// `sequence` and `at`: of the entry before it.
StoredEntry stored_entry(std::string_view store, std::uint64_t sequence, Moment at) {
  Decoder decoder(as_bytes(store));
  const std::uint64_t head = decoder.varint();
  const auto distance = std::chrono::microseconds(decoder.varint());
  const std::uint64_t gap = decoder.varint();
  const std::uint64_t bytes = decoder.varint();
  const std::size_t body = store.size() - decoder.left();
  const auto size = static_cast<std::size_t>(head >> 1);
  return {.entry = {.sequence = sequence + gap,
                    .at = at + distance,
                    .is_frame_start = (head & 1) != 0,
                    .stream_bytes = bytes,
                    .body = store.substr(body, size)},
          .size = body + size};
}

}  // namespace

void EntryRing::append(const Entry& entry) {
  if (count_++ == 0) {
    store_.clear();
    begin_ = 0;
    first_sequence_ = last_sequence_ = entry.sequence;
    first_at_ = last_at_ = entry.at;
  }
  Encoder encoder(store_);
  encoder.varint(entry.body.size() << 1 | (entry.is_frame_start ? 1 : 0));
  encoder.varint(static_cast<std::uint64_t>((entry.at - last_at_).count()));
  encoder.varint(entry.sequence - last_sequence_);
  encoder.varint(entry.stream_bytes);
  store_ += entry.body;
  last_sequence_ = entry.sequence;
  last_at_ = entry.at;
}

std::uint64_t EntryRing::drop_oldest() {
  const auto oldest =
      stored_entry(std::string_view(store_).substr(begin_), first_sequence_, first_at_);
  first_sequence_ = oldest.entry.sequence;
  first_at_ = oldest.entry.at;
  begin_ += oldest.size;
  --count_;
  if (begin_ > store_.size() - begin_ + kSlack) {
    store_.erase(0, begin_);
    begin_ = 0;
  }
  return oldest.entry.stream_bytes;
}

void EntryRing::clear() {
  store_.clear();
  store_.shrink_to_fit();
  begin_ = count_ = 0;
}

std::optional<EntryRing::Entry> EntryRing::Cursor::next() {
  if (rest_.empty()) return std::nullopt;
  const auto stored = stored_entry(rest_, sequence_, at_);
  rest_.remove_prefix(stored.size);
  sequence_ = stored.entry.sequence;
  at_ = stored.entry.at;
  return stored.entry;
}

}  // namespace lastframe::capture
