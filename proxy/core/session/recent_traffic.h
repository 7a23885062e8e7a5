// What passed last in one direction: when its last byte came, its last messages, its rate. Memory
// is fixed; a read costs a few stores, and a message a few more.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/moment.h"
#include "core/session/circumstances.h"

namespace lastframe::session {

// How far back a rate looks.
inline constexpr std::chrono::seconds kRateWindow{8};

class RecentTraffic {
 public:
  // What the direction had by some moment.
  struct Totals {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
  };

  // `now`: of the read that is the first one.
  explicit RecentTraffic(Moment now) : last_byte_at_(now), before_frame_at_(now) {}

  // Whether a second has begun that is not counted yet: then begin_second() comes before the read.
  bool is_new_second(Moment now) const { return now >= second_end_; }
  void begin_second(Moment now, const Totals& before);

  // `offset`: how many bytes came before this read.
  void begin_read(Moment now, std::uint64_t offset) {
    if (now != last_byte_at_) moment_start_ = offset;
    last_byte_at_ = now;
  }
  // The moment left a byte behind that belongs to no frame in hand: the next frame, or the one in
  // hand, has that byte before it.
  void note_byte_before_frame() { before_frame_at_ = last_byte_at_; }
  // The frames to come were not told from other bytes when they came.
  void forget_byte_before_frame() { before_frame_at_.reset(); }

  Moment last_byte_at() const { return last_byte_at_; }
  // Of the last byte before the frame in hand, as the moments before this one left it.
  std::optional<Moment> before_frame_at() const { return before_frame_at_; }
  // The offset of the first byte that came when the last one did, in however many reads.
  std::uint64_t moment_start() const { return moment_start_; }

  // A data frame in order begins; of the message in hand.
  void note_frame(std::uint64_t payload_length, bool is_first) {
    largest_frame_ = is_first ? payload_length : std::max(largest_frame_, payload_length);
    part_at_ = last_byte_at_;
  }
  void note_part() { part_at_ = last_byte_at_; }

  // A message of one frame is over, not compressed and at most kShort bytes long. Of several that
  // come at one moment with nothing else between them the last one is kept, for they may have been
  // skipped unseen.
  static constexpr std::uint64_t kShort = 125;
  void note_short(std::uint64_t size, bool is_text) {
    Kept& newest = kept_[(kept_count_ - 1) % kept_.size()];
    Kept& place = newest.kind == Kind::short_message && newest.at == last_byte_at_
                      ? newest
                      : kept_[kept_count_++ % kept_.size()];
    place.at = last_byte_at_;
    place.size = size;
    place.kind = Kind::short_message;
    place.is_text = is_text;
  }
  // The largest of some short messages.
  void note_largest_short(std::uint64_t size) {
    largest_message_ = std::max(largest_message_, size);
  }
  // Another message is over; its moment and its largest frame are known here.
  void note_message(const RecentMessage& message);

  // How the direction stands, after `totals`. `in_hand`: the message that is not over, if any; what
  // is known here of it is filled in.
  DirectionState state(Moment now, const Totals& totals,
                       std::optional<RecentMessage> in_hand) const;

 private:
  RecentRate rate(Moment now, const Totals& totals) const;

  enum class Kind : std::uint8_t { none, short_message, other };
  struct Kept {
    Moment at;
    std::uint64_t size = 0;
    std::uint64_t inflated = 0;  // of another than a short one, as are the next two
    std::uint64_t largest_frame = 0;
    std::uint32_t fragments = 0;
    Kind kind = Kind::none;
    bool is_text = false;
    bool is_inflated = false;
  };
  // A second with bytes in it: it begins with them.
  struct Second {
    Moment began;
    Totals before;
  };

  std::array<Kept, 8> kept_{};
  std::array<Second, 8> seconds_{};
  std::uint32_t kept_count_ = 0;  // ever; the newest is at (kept_count_ - 1) % 8
  std::uint32_t second_count_ = 0;
  Moment second_end_ = Moment::min();
  Moment last_byte_at_;
  std::optional<Moment> before_frame_at_;
  std::uint64_t moment_start_ = 0;
  Moment part_at_{};  // when the message in hand had its last byte
  std::uint64_t largest_frame_ = 0;
  std::uint64_t largest_message_ = 0;
  std::optional<std::uint64_t> largest_inflated_;
};

}  // namespace lastframe::session
