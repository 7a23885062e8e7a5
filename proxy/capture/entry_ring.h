// The last things that were kept of one direction: what does not fit any more, the oldest give way
// to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"

namespace lastframe::capture {

class EntryRing {
 public:
  // How an entry's body is to be read: entries as append_input() and write_entry() write them; or
  // the header of a frame whose payload came with it and was not kept.
  enum class Form : unsigned char { entries, bare_header };

  struct Entry {
    std::uint64_t sequence = 0;      // among all that is kept of the connection; 40 bits
    std::uint64_t microseconds = 0;  // since the connection was accepted; 47 bits
    Form form = Form::entries;
    bool is_frame_start = false;
    std::uint64_t stream_bytes = 0;  // of the direction, that it stands for
    std::string_view body;           // at most kLongestBody
  };
  static constexpr std::size_t kLongestBody = 0xFFFF;

  // Entries come in their order. True: the ring took more memory for it.
  bool append(const Entry& entry);

  bool is_empty() const { return begin_ == end_; }
  std::size_t count() const { return count_; }
  std::size_t size() const { return end_ - begin_; }  // bytes
  std::size_t memory() const { return capacity_; }

  // The first entry and then the next ones; borrowed until the ring changes.
  class Cursor {
   public:
    explicit Cursor(const EntryRing& ring)
        : rest_(ring.store_.get() + ring.begin_, ring.end_ - ring.begin_) {}
    std::optional<Entry> next();

   private:
    std::string_view rest_;
  };

  // How many bytes of the direction the entry stood for. There is one.
  std::uint64_t drop_oldest();
  void clear();

 private:
  struct Head;

  bool make_room(std::size_t size);

  std::unique_ptr<char[]> store_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t count_ = 0;
};

}  // namespace lastframe::capture
