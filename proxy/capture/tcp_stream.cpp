#include "capture/tcp_stream.h"

#include <algorithm>

namespace lastframe::capture {
namespace {

// Sequence numbers wrap. A window is at most 2^30 bytes (RFC 7323 section 2.3), so nothing comes
// again from farther back; after a long loss of packets what is new may be far ahead.
constexpr std::uint32_t kMostBehind = std::uint32_t{1} << 30;

// What a piece costs beside its bytes.
constexpr std::size_t kPieceCost = 64;

std::uint32_t ahead(std::uint32_t sequence, std::uint32_t of) { return sequence - of; }

bool is_behind(std::uint32_t sequence, std::uint32_t of) {
  return sequence != of && of - sequence <= kMostBehind;
}

void cut_front(StreamPart& part, std::uint32_t count) {
  part.sequence += count;
  part.length -= count;
  part.bytes = part.bytes.subspan(std::min<std::size_t>(count, part.bytes.size()));
}

void cut_to(StreamPart& part, std::uint32_t length) {
  if (part.length <= length) return;
  part.length = length;
  part.bytes = part.bytes.first(std::min<std::size_t>(length, part.bytes.size()));
}

}  // namespace

void TcpStream::anchor(std::uint32_t sequence) {
  is_anchored_ = true;
  first_ = next_ = sequence;
}

bool TcpStream::take(StreamPart part, std::size_t history, TcpStreamEvents& events) {
  history_limit_ = history;
  if (part.length == 0 && !part.is_last) return false;
  const std::uint32_t end = part.sequence + part.length;
  if (has_ended_) return true;
  if (part.is_last && !is_end_known_ && !is_behind(end, next_)) {
    is_end_known_ = true;
    end_ = end;
    drop_pieces_behind_end();
  }
  bool is_again = false;
  if (is_behind(part.sequence, next_)) {
    const std::uint32_t behind = ahead(next_, part.sequence);
    // A keep-alive probe, whose byte is anything (RFC 9293 section 3.8.4).
    if (behind == 1 && part.length <= 1 && !part.is_last) return false;
    is_again = true;
    StreamPart old = part;
    cut_to(old, behind);
    compare_with_history(old, events);
    cut_front(part, old.length);
    if (part.length == 0 && part.sequence != next_) return true;
  }
  if (is_end_known_) {
    if (is_behind(end_, part.sequence)) return is_again;
    cut_to(part, ahead(end_, part.sequence));
  }
  if (part.sequence == next_ && pieces_.empty()) {
    if (part.length > 0) deliver(part.bytes, part.length, events);
  } else if (part.length > 0) {
    hold(part, events);
    drain(events);
  }
  end_if_due(events);
  return is_again;
}

void TcpStream::deliver(ByteView bytes, std::uint32_t length, TcpStreamEvents& events) {
  const std::uint64_t offset = offset_;
  next_ += length;
  offset_ += length;
  if (!bytes.empty()) events.on_bytes(bytes);
  if (bytes.size() < length) {
    history_.clear();
    events.on_missed(offset + bytes.size(), length - bytes.size(), Missed::snapped);
    return;
  }
  if (bytes.size() >= history_limit_) {
    history_ = as_text(bytes.last(history_limit_));
    return;
  }
  if (history_.size() + bytes.size() > 2 * history_limit_) {
    history_.erase(0, history_.size() + bytes.size() - history_limit_);
  }
  history_ += as_text(bytes);
}

void TcpStream::compare_with_history(const StreamPart& part, TcpStreamEvents& events) const {
  const std::uint32_t behind = ahead(next_, part.sequence);
  // Of what came again, the part that the history has.
  const std::size_t known = std::min<std::size_t>(behind, history_.size());
  const std::size_t skipped = behind - known;
  if (part.bytes.size() <= skipped) return;
  const std::string_view again = as_text(part.bytes.subspan(skipped));
  const std::string_view before =
      std::string_view(history_).substr(history_.size() - known, again.size());
  if (again.substr(0, before.size()) != before) {
    events.on_contradiction(offset_ - std::min<std::uint64_t>(known, offset_), before.size());
  }
}

void TcpStream::compare_with_piece(const Piece& piece, const StreamPart& part, std::uint32_t count,
                                   TcpStreamEvents& events) const {
  const std::uint32_t skipped = ahead(part.sequence, piece.sequence);
  if (skipped >= piece.bytes.size()) return;
  const std::string_view before = std::string_view(piece.bytes).substr(skipped, count);
  const std::string_view again = as_text(part.bytes).substr(0, before.size());
  if (before.substr(0, again.size()) == again) return;
  events.on_contradiction(offset_ + ahead(part.sequence, next_), again.size());
}

// Keeps of a part what no other piece has.
void TcpStream::hold(StreamPart part, TcpStreamEvents& events) {
  std::size_t at = 0;
  while (part.length > 0) {
    const std::uint32_t begin = ahead(part.sequence, next_);
    while (at < pieces_.size() &&
           std::uint64_t{ahead(pieces_[at].sequence, next_)} + pieces_[at].length <= begin) {
      ++at;
    }
    if (at == pieces_.size()) {
      insert(at, part);
      return;
    }
    const Piece& piece = pieces_[at];
    const std::uint32_t piece_begin = ahead(piece.sequence, next_);
    if (piece_begin > begin) {
      StreamPart front = part;
      cut_to(front, piece_begin - begin);
      cut_front(part, front.length);
      at = insert(at, front);
      continue;
    }
    const std::uint32_t shared = std::min(piece_begin + piece.length - begin, part.length);
    compare_with_piece(piece, part, shared, events);
    cut_front(part, shared);
  }
}

std::size_t TcpStream::insert(std::size_t at, const StreamPart& part) {
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(at),
                 Piece{.sequence = part.sequence,
                       .length = part.length,
                       .bytes = std::string(as_text(part.bytes))});
  held_ += part.bytes.size() + kPieceCost;
  return at + 1;
}

void TcpStream::drain(TcpStreamEvents& events) {
  std::size_t count = 0;
  while (count < pieces_.size() && pieces_[count].sequence == next_) {
    const Piece& piece = pieces_[count];
    held_ -= piece.bytes.size() + kPieceCost;
    deliver(as_bytes(piece.bytes), piece.length, events);
    ++count;
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(count));
  if (pieces_.empty()) pieces_.shrink_to_fit();
}

// The end came in after bytes that claim to stand behind it.
void TcpStream::drop_pieces_behind_end() {
  const std::uint32_t room = ahead(end_, next_);
  while (!pieces_.empty()) {
    Piece& last = pieces_.back();
    const std::uint32_t begin = ahead(last.sequence, next_);
    if (std::uint64_t{begin} + last.length <= room) return;
    held_ -= last.bytes.size();
    if (begin < room) {
      last.length = room - begin;
      last.bytes.resize(std::min<std::size_t>(last.bytes.size(), last.length));
      held_ += last.bytes.size();
      return;
    }
    held_ -= kPieceCost;
    pieces_.pop_back();
  }
}

void TcpStream::end_if_due(TcpStreamEvents& events) {
  if (!is_end_known_ || has_ended_ || next_ != end_) return;
  ++next_;
  has_ended_ = true;
  events.on_end();
}

void TcpStream::note_acknowledged(std::uint32_t sequence) {
  if (is_acknowledged_ && is_behind(sequence, acknowledged_)) return;
  // Nothing that was never sent can be acknowledged; a number far away is of something else.
  if (!is_behind(sequence, next_) && ahead(sequence, next_) > kMostBehind) return;
  is_acknowledged_ = true;
  acknowledged_ = sequence;
}

bool TcpStream::is_hole_acknowledged() const {
  return !has_ended_ && is_acknowledged_ && acknowledged_ != next_ &&
         !is_behind(acknowledged_, next_);
}

bool TcpStream::is_end_acknowledged() const {
  return is_end_known_ && is_acknowledged_ && acknowledged_ == end_ + 1;
}

bool TcpStream::has_hole() const {
  return !has_ended_ && (!pieces_.empty() || is_end_known_ || is_hole_acknowledged());
}

void TcpStream::give_hole_up(TcpStreamEvents& events) {
  std::uint32_t end = next_;
  if (!pieces_.empty()) {
    end = pieces_.front().sequence;
  } else if (is_end_known_) {
    end = end_;
  } else if (is_hole_acknowledged()) {
    end = acknowledged_;
  }
  const std::uint32_t count = ahead(end, next_);
  if (count > 0) {
    const std::uint64_t offset = offset_;
    next_ = end;
    offset_ += count;
    history_.clear();
    events.on_missed(offset, count, Missed::lost);
  }
  drain(events);
  end_if_due(events);
}

std::uint64_t TcpStream::unacknowledged() const {
  if (!is_anchored_) return 0;
  const std::uint32_t from = is_acknowledged_ ? acknowledged_ : first_;
  const std::uint32_t sent = ahead(has_ended_ ? next_ - 1 : next_, from);
  return sent <= kMostBehind ? sent : 0;
}

bool TcpStream::is_near(std::uint32_t sequence) const {
  return is_behind(sequence, next_) || ahead(sequence, next_) <= kMostBehind;
}

void TcpStream::forget_bytes() {
  history_ = {};
  pieces_ = {};
  held_ = 0;
}

}  // namespace lastframe::capture
