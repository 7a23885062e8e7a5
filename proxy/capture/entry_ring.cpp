#include "capture/entry_ring.h"

#include <algorithm>
#include <utility>

namespace lastframe::capture {
namespace {

constexpr std::size_t kFirstCapacity = 512;
constexpr std::uint64_t kMostSequence = (std::uint64_t{1} << 40) - 1;
constexpr std::uint64_t kMostTime = (std::uint64_t{1} << 47) - 1;

}  // namespace

// Few bytes, and read and written in few steps: every frame that passes has one.
struct EntryRing::Head {
  std::uint64_t time_and_size;       // microseconds << 17 | form << 16 | size of the body
  std::uint64_t sequence_and_bytes;  // sequence << 24 | is_frame_start << 23 | bytes
  static constexpr std::uint64_t kMostBytes = (1U << 23) - 1;

  std::size_t body() const { return time_and_size & 0xFFFF; }
  bool is_frame_start() const { return (sequence_and_bytes >> 23 & 1) != 0; }
  std::uint64_t bytes() const { return sequence_and_bytes & kMostBytes; }

  static Head at(const char* place) {
    Head head;
    std::memcpy(&head, place, sizeof head);
    return head;
  }
};

bool EntryRing::append(const Entry& entry) {
  const std::size_t size = sizeof(Head) + entry.body.size();
  const bool has_grown = end_ + size > capacity_ && make_room(size);
  // More bytes than a head can hold are of a frame that nobody kept: where they end is known from
  // the entry itself.
  const Head head{.time_and_size = std::min(entry.microseconds, kMostTime) << 17 |
                                   static_cast<std::uint64_t>(entry.form) << 16 | entry.body.size(),
                  .sequence_and_bytes = std::min(entry.sequence, kMostSequence) << 24 |
                                        static_cast<std::uint64_t>(entry.is_frame_start) << 23 |
                                        std::min(entry.stream_bytes, Head::kMostBytes)};
  std::memcpy(store_.get() + end_, &head, sizeof head);
  std::memcpy(store_.get() + end_ + sizeof head, entry.body.data(), entry.body.size());
  end_ += size;
  ++count_;
  return has_grown;
}

// What is kept moves to the front where that frees half of the store; else the store grows.
bool EntryRing::make_room(std::size_t size) {
  const std::size_t kept = end_ - begin_;
  const bool has_grown = kept + size > capacity_ / 2;
  if (has_grown) {
    capacity_ = std::max({kFirstCapacity, 2 * capacity_, 2 * (kept + size)});
    auto store = std::make_unique_for_overwrite<char[]>(capacity_);
    if (kept > 0) std::memcpy(store.get(), store_.get() + begin_, kept);
    store_ = std::move(store);
  } else {
    std::memmove(store_.get(), store_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
  return has_grown;
}

std::uint64_t EntryRing::drop_oldest() {
  const Head head = Head::at(store_.get() + begin_);
  begin_ += sizeof head + head.body();
  --count_;
  return head.bytes();
}

void EntryRing::clear() {
  store_.reset();
  capacity_ = begin_ = end_ = count_ = 0;
}

std::optional<EntryRing::Entry> EntryRing::Cursor::next() {
  if (rest_.empty()) return std::nullopt;
  const Head head = Head::at(rest_.data());
  const Entry entry{.sequence = head.sequence_and_bytes >> 24,
                    .microseconds = head.time_and_size >> 17,
                    .form = static_cast<Form>(head.time_and_size >> 16 & 1),
                    .is_frame_start = head.is_frame_start(),
                    .stream_bytes = head.bytes(),
                    .body = rest_.substr(sizeof head, head.body())};
  rest_.remove_prefix(sizeof head + head.body());
  return entry;
}

}  // namespace lastframe::capture
