// A file that comes in parts, seen as a window that moves over it. What lies whole in a part is not
// copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"

namespace lastframe::capture {

class PacketWindow {
 public:
  // The file goes on with `part`, which lives until a peek fails.
  void add(ByteView part) { part_ = part; }

  // The next `size` bytes, which live until the next call of anything here. None: so many have not
  // come yet; what has come is kept.
  std::optional<ByteView> peek(std::size_t size);

  // Goes on behind the next `size` bytes, even if they have not come yet.
  void drop(std::uint64_t size);

  // Of the file, in bytes: where the window begins.
  std::uint64_t position() const { return position_; }
  // Whether bytes have come behind that position (or are missing before it).
  bool is_within_something() const { return owed_ > 0 || held_.size() > at_ || !part_.empty(); }
  // Bytes that have come and were not dropped. What is still to be dropped is none of them.
  std::size_t size() const { return held_.size() - at_ + part_.size(); }
  // Memory for what is kept.
  std::size_t memory() const { return held_.capacity(); }
  // Keeps what has come: the part may go.
  void keep();

 private:
  void pay();

  ByteView part_;           // what has come and is not kept
  std::string held_;        // in front of it, from at_ on
  std::size_t at_ = 0;      // 0 <= at_ <= held_.size()
  std::uint64_t owed_ = 0;  // to be dropped as it comes
  std::uint64_t position_ = 0;
};

}  // namespace lastframe::capture
