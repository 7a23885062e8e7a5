// The last things that were kept of one direction: what does not fit any more, the oldest give way
// to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/moment.h"

namespace lastframe::capture {

class EntryRing {
 public:
  struct Entry {
    std::uint64_t sequence = 0;  // among all that is kept of the connection
    Moment at;
    bool is_frame_start = false;
    std::uint64_t stream_bytes = 0;  // of the direction, that it stands for
    std::string_view body;           // as append_input() writes it, and maybe more entries behind
  };

  // Entries come in the order of their sequence and time.
  void append(const Entry& entry);

  bool is_empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  std::size_t size() const { return store_.size() - begin_; }  // bytes
  std::size_t memory() const { return store_.capacity(); }

  // The first entry and then the next ones; borrowed until the ring changes.
  class Cursor {
   public:
    explicit Cursor(const EntryRing& ring)
        : rest_(std::string_view(ring.store_).substr(ring.begin_)),
          sequence_(ring.first_sequence_),
          at_(ring.first_at_) {}
    std::optional<Entry> next();

   private:
    std::string_view rest_;
    std::uint64_t sequence_;
    Moment at_;
  };

  // How many bytes of the direction the entry stood for. There is one.
  std::uint64_t drop_oldest();
  void clear();

 private:
  std::string store_;
  std::size_t begin_ = 0;
  std::size_t count_ = 0;
  // What the first entry's distances are counted from, and what the next one's will be.
  std::uint64_t first_sequence_ = 0;
  Moment first_at_{};
  std::uint64_t last_sequence_ = 0;
  Moment last_at_{};
};

}  // namespace lastframe::capture
