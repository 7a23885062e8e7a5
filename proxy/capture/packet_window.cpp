#include "capture/packet_window.h"

#include <algorithm>
#include <utility>

namespace lastframe::capture {

std::optional<ByteView> PacketWindow::peek(std::size_t size) {
  pay();
  const std::size_t kept = held_.size() - at_;
  if (owed_ == 0 && kept == 0 && part_.size() >= size) return part_.first(size);
  if (kept < size && owed_ == 0) {
    held_.erase(0, at_);
    at_ = 0;
    const std::size_t more = std::min(size - kept, part_.size());
    held_ += as_text(part_.first(more));
    part_ = part_.subspan(more);
  }
  if (held_.size() - at_ < size || owed_ > 0) return std::nullopt;
  return as_bytes(std::string_view(held_).substr(at_, size));
}

void PacketWindow::keep() {
  held_.erase(0, std::exchange(at_, 0));
  held_ += as_text(std::exchange(part_, {}));
}

void PacketWindow::drop(std::uint64_t size) {
  owed_ += size;
  position_ += size;
  pay();
}

void PacketWindow::pay() {
  if (owed_ == 0) return;
  const std::size_t from_held = std::min<std::uint64_t>(owed_, held_.size() - at_);
  at_ += from_held;
  owed_ -= from_held;
  if (at_ == held_.size()) {
    held_.clear();
    at_ = 0;
  }
  const std::size_t from_part = std::min<std::uint64_t>(owed_, part_.size());
  part_ = part_.subspan(from_part);
  owed_ -= from_part;
}

}  // namespace lastframe::capture
